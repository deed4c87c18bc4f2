//! [`Event`] through serde: it is written as JSON, and the JSON is handed over value by value.

use core::cell::Cell;

use alloc::borrow::Cow;

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::Event;

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = self.to_string().map_err(S::Error::custom)?;
        Reader { rest: Cell::new(&json) }.serialize(serializer)
    }
}

/// Reads compact JSON that this crate wrote. Serializing it reads the next value.
struct Reader<'j> {
    rest: Cell<&'j str>,
}

impl<'j> Reader<'j> {
    /// Reads the first `bytes`.
    fn take(&self, bytes: usize) -> &'j str {
        let (taken, rest) = self.rest.get().split_at_checked(bytes).unwrap_or_default();
        self.rest.set(rest);
        taken
    }

    /// Reads `expected`, if it comes next. True at the end, too: a serializer that skips values ends.
    fn takes(&self, expected: char) -> bool {
        let rest = self.rest.get();
        let takes = rest.is_empty() || rest.starts_with(expected);
        if takes {
            self.take(1);
        }
        takes
    }

    /// Reads a string, without its quotes and escapes.
    fn string(&self) -> Cow<'j, str> {
        self.take(1);
        let mut text = Cow::Borrowed("");
        loop {
            let rest = self.rest.get();
            let plain = self.take(rest.find(['"', '\\']).unwrap_or(rest.len()));
            if text.is_empty() {
                text = plain.into();
            } else {
                text.to_mut().push_str(plain);
            }
            if self.take(1) != "\\" {
                return text;
            }
            text.to_mut().push(match self.take(1) {
                "b" => '\x08',
                "t" => '\t',
                "n" => '\n',
                "f" => '\x0C',
                "r" => '\r',
                // Only control characters are written so.
                "u" => u8::from_str_radix(self.take(4), 16).unwrap_or_default().into(),
                char => char.chars().next().unwrap_or_default(),
            });
        }
    }
}

impl Serialize for Reader<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.rest.get().as_bytes().first() {
            Some(b'{') => {
                self.take(1);
                let mut map = serializer.serialize_map(None)?;
                while !self.takes('}') {
                    self.takes(',');
                    let name = self.string();
                    self.take(1);
                    map.serialize_entry(&name, self)?;
                }
                map.end()
            }
            Some(b'[') => {
                self.take(1);
                let mut seq = serializer.serialize_seq(None)?;
                while !self.takes(']') {
                    self.takes(',');
                    seq.serialize_element(self)?;
                }
                seq.end()
            }
            Some(b'"') => self.string().serialize(serializer),
            _ => {
                let rest = self.rest.get();
                match self.take(rest.find([',', ']', '}']).unwrap_or(rest.len())) {
                    "null" => serializer.serialize_unit(),
                    "true" => serializer.serialize_bool(true),
                    "false" => serializer.serialize_bool(false),
                    number => serialize_number(number, serializer),
                }
            }
        }
    }
}

/// Serializes a number. JSON's grammar of numbers is a part of Rust's.
fn serialize_number<S: Serializer>(number: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(number) = number.parse::<u64>() {
        serializer.serialize_u64(number)
    } else if let Ok(number) = number.parse::<i64>() {
        serializer.serialize_i64(number)
    } else {
        match number.parse() {
            Ok(number) if f64::is_finite(number) => serializer.serialize_f64(number),
            _ => Err(S::Error::custom("a number of the shape is out of range")),
        }
    }
}
