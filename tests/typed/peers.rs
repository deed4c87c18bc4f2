//! The table of `docs/src/typed.md` that has the peers: what each crate makes of the same body.

#![expect(dead_code, reason = "`Debug` reads the fields")]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{Debug, Display};

use serde::Deserialize;

use crate::tables::table;

#[derive(Debug, Deserialize)]
struct V<T> {
    v: T,
}

#[derive(Debug, Deserialize)]
struct Num(i32);

#[derive(Debug, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct Inner {
    a: String,
}

#[derive(Debug, Deserialize)]
struct Outer {
    #[serde(flatten)]
    inner: Inner,
    v: i32,
}

#[derive(Debug, Deserialize)]
struct Rest {
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
    v: i32,
}

#[derive(Debug, Deserialize)]
struct FlatNum {
    #[serde(flatten)]
    inner: V<i32>,
}

#[derive(Debug, Deserialize)]
struct Renamed {
    #[serde(rename = "v[a]")]
    v: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denies {
    v: i32,
}

#[derive(Debug, Deserialize)]
enum Unit {
    A,
    B,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Tagged {
    A(Inner),
}

type Read = fn(&str) -> [String; 4];

fn show<T: Debug, E: Display>(read: Result<T, E>) -> String {
    read.map_or("error".to_owned(), |value| format!("`{value:?}`"))
}

macro_rules! types {
    ($($type:ty),+ $(,)?) => {
        &[$((stringify!($type), |body| [
            show(serde_urlencoded::from_str::<$type>(body)),
            show(serde_html_form::from_str::<$type>(body)),
            show(serde_qs::from_str::<$type>(body)),
            show(formevent::from_str::<$type>(body)),
        ])),+]
    };
}

const TYPES: &[(&str, Read)] = types![
    Vec<(String, String)>, Vec<(&str, i32)>, BTreeMap<String, String>, BTreeMap<String, Vec<i32>>, V<String>, V<&str>,
    V<Text<'_>>, V<Vec<String>>, V<Vec<i32>>, V<(i32, i32)>, V<Option<String>>, V<Option<i32>>,
    V<Option<Num>>, V<Option<Vec<String>>>, V<Vec<Option<i32>>>, V<bool>, V<i128>, V<f64>, V<char>, V<Num>,
    V<Unit>, V<Inner>, V<HashMap<String, String>>, Outer, Rest, FlatNum, Renamed, Denies, Tagged, (), V<()>,
];

#[test]
fn the_table_of_peers() {
    let mut unused: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for row in table("## Beside the peers") {
        let name = row[0].trim_matches('`');
        let (_, read) = TYPES.iter().find(|(own, _)| *own == name).expect(name);
        unused.retain(|own| *own != name);
        let results = read(row[1].trim_matches('`'));
        expected.push(format!("| {} | {} | {} |", row[0], row[1], results.join(" | ")));
        found.push(format!("| {} |", row.join(" | ")));
    }
    assert!(found == expected, "the table must be:\n{}\n", expected.join("\n"));
    assert!(unused.is_empty(), "no row has {unused:?}");
}
