//! The tables of `docs/src/typed.md`: each cell is what a type makes of a body.

#![expect(dead_code, reason = "`Debug` reads the fields")]
#![expect(clippy::zero_sized_map_values, reason = "a map that ignores its values is a case")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::fmt::Debug;
use std::net::IpAddr;

use formevent::FieldValue;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Debug, Deserialize)]
struct Form<T> {
    v: T,
}

#[derive(Debug, Deserialize)]
struct Marker;

#[derive(Debug, Deserialize)]
struct Age(u8);

#[derive(Debug, Deserialize)]
struct Point(u8, u8);

#[derive(Debug, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct Address {
    city: String,
}

#[derive(Debug, Deserialize)]
enum Size {
    Small,
    Large,
}

#[derive(Debug, Deserialize)]
enum Shape {
    Circle(u8),
    Square(u8, u8),
    Other { name: String },
}

#[derive(Debug, Deserialize)]
struct Contact {
    name: String,
    age: u8,
    #[serde(default)]
    topic: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: u8,
    #[serde(rename = "b[c]", default)]
    c: u8,
}

#[derive(Debug, Deserialize)]
struct Delivery {
    name: String,
    #[serde(flatten)]
    address: Address,
}

#[derive(Debug, Deserialize)]
struct Open {
    name: String,
    #[serde(flatten)]
    others: BTreeMap<String, FieldValue>,
}

#[derive(Debug, Deserialize)]
struct OpenTexts {
    name: String,
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Nested {
    address: Address,
}

#[derive(Debug, Deserialize)]
struct Flat {
    #[serde(flatten)]
    age: AgeField,
}

#[derive(Debug, Deserialize)]
struct AgeField {
    age: u8,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Person { name: String },
    Robot { model: String },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Either {
    Person { name: String },
    Robot { model: String },
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    value: String,
}

/// A type's name, and a function that reads a body as it and returns the value's `Debug` as code, or the error.
type Reader = (&'static str, fn(&str) -> String);

fn show<T: Debug>(read: Result<T, formevent::de::Error>) -> String {
    match read {
        Ok(value) => format!("`{value:?}`"),
        Err(error) => error.to_string(),
    }
}

macro_rules! fields {
    ($($type:ty),+ $(,)?) => {
        &[$((stringify!($type), |body| show(formevent::from_str::<Form<$type>>(body).map(|form| form.v)))),+]
    };
}

macro_rules! forms {
    ($($type:ty),+ $(,)?) => {
        &[$((stringify!($type), |body| show(formevent::from_str::<$type>(body)))),+]
    };
}

/// The types of a field.
const FIELDS: &[Reader] = fields![
    bool, i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, f32, f64, char, String, &str, Text<'_>, IpAddr,
    &[u8], CString, Option<u8>, Option<String>, (), Marker, Age, Vec<u8>, Vec<String>, BTreeSet<String>,
    (u8, String), [u8; 2], Point, BTreeMap<String, String>, Address, Size, Shape, IgnoredAny, FieldValue,
    serde_json::Value, Vec<Vec<u8>>, Vec<Option<u8>>, Option<Vec<u8>>,
];

/// The types of a form.
const FORMS: &[Reader] = forms![
    Contact, Strict, Delivery, Nested, Open, OpenTexts, Flat, BTreeMap<String, String>,
    BTreeMap<String, Vec<String>>, BTreeMap<String, FieldValue>, BTreeMap<u8, bool>,
    BTreeMap<String, IgnoredAny>, Vec<(String, String)>, Vec<(&str, u8)>, Vec<Field>, Vec<Age>, Vec<String>,
    [(String, u8); 2], Tagged, Either, Shape, (), Marker, IgnoredAny, Option<Contact>, serde_json::Value,
    bool, i8, u128, f64, char, String, &str, &[u8], CString,
];

const CHAPTER: &str = include_str!("../../docs/src/typed.md");

/// The rows of the table under a heading, as cells.
pub(crate) fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = CHAPTER.split_once(heading).expect("the heading is there");
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn code(cell: &str) -> &str {
    cell.trim_matches('`')
}

fn check(heading: &str, readers: &[Reader]) {
    let mut unused: BTreeSet<&str> = readers.iter().map(|(name, _)| *name).collect();
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for row in table(heading) {
        let [name, body, read] = row[..] else { panic!("{row:?}") };
        let reader = readers.iter().find(|(own, _)| *own == code(name));
        let (_, reader) = reader.unwrap_or_else(|| panic!("no type is called {name}"));
        unused.remove(code(name));
        expected.push(format!("| {name} | {body} | {} |", reader(code(body))));
        found.push(format!("| {name} | {body} | {read} |"));
    }
    assert!(found == expected, "the table must be:\n{}\n", expected.join("\n"));
    assert!(unused.is_empty(), "no row has {unused:?}");
}

#[test]
fn the_table_of_fields() {
    check("## What a field's type takes", FIELDS);
}

#[test]
fn the_table_of_forms() {
    check("## What the type of a whole form takes", FORMS);
}
