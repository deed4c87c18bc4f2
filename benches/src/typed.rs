//! Subjects that read a body as a value of a type. All must read the same value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::OnceLock;

use formevent::Options;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{FORMEVENT, Subject};

/// The form of `data/order.txt`, owned.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Order {
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
    company: String,
    street: String,
    city: String,
    postcode: String,
    quantity: u32,
    budget: u64,
    newsletter: bool,
    message: String,
}

/// The same, borrowed where nothing is decoded.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct BorrowedOrder<'a> {
    #[serde(borrow)]
    first_name: Cow<'a, str>,
    #[serde(borrow)]
    last_name: Cow<'a, str>,
    #[serde(borrow)]
    email: Cow<'a, str>,
    #[serde(borrow)]
    phone: Cow<'a, str>,
    #[serde(borrow)]
    company: Cow<'a, str>,
    #[serde(borrow)]
    street: Cow<'a, str>,
    #[serde(borrow)]
    city: Cow<'a, str>,
    #[serde(borrow)]
    postcode: Cow<'a, str>,
    quantity: u32,
    budget: u64,
    newsletter: bool,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

/// The same where nothing has to be decoded.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct PlainOrder<'a> {
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    phone: &'a str,
    company: &'a str,
    street: &'a str,
    city: &'a str,
    postcode: &'a str,
    quantity: u32,
    budget: u64,
    newsletter: bool,
    message: &'a str,
}

type Pairs = Vec<(String, String)>;
type Lists = BTreeMap<String, Vec<String>>;

/// The lower bound of time: a clone of a value that was read before.
pub(crate) const CLONE: &str = "clone";
/// Refuses a body of more than 1,000 pairs.
pub(crate) const LIMITED: &str = "formevent, max_pairs";

/// Subjects that read a type: to time, which only read, and to compare, which write the value as JSON.
#[derive(Clone, Copy)]
pub(crate) struct Typed {
    pub(crate) timed: &'static [Subject],
    pub(crate) compared: &'static [Subject],
}

macro_rules! typed {
    ($type:ty: $($name:expr => $read:expr),+ $(; $extra:expr => $run:expr)*) => {
        Typed {
            timed: &[
                $(Subject { name: $name, write: |body, _| { black_box::<$type>($read(body).unwrap()); } },)+
                $(Subject { name: $extra, write: |body, _| $run(body) },)*
            ],
            compared: &[
                $(Subject {
                    name: $name,
                    write: |body, out| serde_json::to_writer(out, &$read(body).unwrap() as &$type).unwrap(),
                },)+
            ],
        }
    };
}

pub(crate) const OWNED: Typed = typed! {
    Order:
    FORMEVENT => formevent::from_bytes,
    "serde_urlencoded" => serde_urlencoded::from_bytes,
    "serde_html_form" => serde_html_form::from_bytes,
    "serde_qs" => serde_qs::from_bytes;
    CLONE => |body: &[u8]| {
        static ORDER: OnceLock<Order> = OnceLock::new();
        black_box(ORDER.get_or_init(|| formevent::from_bytes(body).unwrap()).clone());
    }
};

pub(crate) const BORROWED: Typed = typed! {
    BorrowedOrder<'_>:
    FORMEVENT => formevent::from_bytes,
    "serde_urlencoded" => serde_urlencoded::from_bytes,
    "serde_html_form" => serde_html_form::from_bytes,
    "serde_qs" => serde_qs::from_bytes
};

pub(crate) const PLAIN: Typed = typed! {
    PlainOrder<'_>:
    FORMEVENT => formevent::from_bytes,
    "serde_urlencoded" => serde_urlencoded::from_bytes,
    "serde_html_form" => serde_html_form::from_bytes
};

pub(crate) const PAIRS: Typed = typed! {
    Pairs:
    FORMEVENT => formevent::from_bytes,
    "serde_urlencoded" => serde_urlencoded::from_bytes,
    "serde_html_form" => serde_html_form::from_bytes;
    LIMITED => limited::<Pairs>
};

pub(crate) const LISTS: Typed = typed! {
    Lists:
    FORMEVENT => formevent::from_bytes,
    "serde_html_form" => serde_html_form::from_bytes;
    LIMITED => limited::<Lists>
};

fn limited<T: DeserializeOwned>(body: &[u8]) {
    let options = Options::new().rules(formevent::Rules::Whatwg).decode(true).max_pairs(1_000);
    let _ = black_box(options.deserialize::<T>(body));
}
