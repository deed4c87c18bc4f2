//! A contact form in four frameworks. Each module is an example to copy, with `form`, which they share. README.md shows
//! how to run them.

pub mod actix;
pub mod axum;
pub mod form;
pub mod hyper;
pub mod lambda;

use http::{Response, StatusCode};
use serde::Deserialize;

/// The longest body that is taken, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// The form.
#[derive(Debug, Deserialize)]
pub struct Contact {
    name: String,
    age: Option<u8>,
    #[serde(default)]
    topic: Vec<String>,
}

impl Contact {
    /// The answer to a good form. A real handler would store the form or send it on.
    pub fn thanks(&self) -> String {
        let age = self.age.map(|age| format!(" ({age})")).unwrap_or_default();
        format!("Thank you, {}{age}: {}\n", self.name, self.topic.join(", "))
    }
}

impl From<Contact> for Response<String> {
    fn from(contact: Contact) -> Self {
        form::answer(StatusCode::OK, "text/plain; charset=utf-8", contact.thanks())
    }
}
