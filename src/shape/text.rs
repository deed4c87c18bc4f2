//! Parsing a shape at run time, and its errors.

use core::fmt;
use core::str::FromStr;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::parse::{HOLES, MAX_DEPTH, Parser, Problem, count, max_slots};
use super::{EXTRA, NO_SLOT, NO_SPAN, Shape};
use crate::buffer::push;
use crate::keys::sort_texts;
use crate::names::{Escaped, copy};

impl Shape {
    /// The holes, but for `$extra.NAME`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(formevent::Shape::HOLES[0], "$pairs");
    /// ```
    pub const HOLES: &'static [&'static str] = &{
        let mut names = [""; HOLES.len()];
        let mut index = 0;
        while index < HOLES.len() {
            names[index] = HOLES[index].0;
            index += 1;
        }
        names
    };

    fn parse(text: &str) -> Result<Shape, ShapeError> {
        let bytes = text.as_bytes();
        if u32::try_from(bytes.len()).is_err() {
            return Err(OUT_OF_MEMORY);
        }
        let mut json = filled(0, bytes.len())?;
        let mut slots = filled(NO_SLOT, max_slots(bytes))?;
        let mut names = filled(NO_SPAN, count(bytes, b':'))?;
        let parsed = Parser::new(bytes, &mut json, &mut slots, &mut names)
            .run()
            .map_err(|(problem, offset)| ShapeError::new(problem, text, offset))?;
        json.truncate(parsed.json);
        slots.truncate(parsed.slots);
        names.truncate(parsed.names);
        let shape = Shape {
            // It is UTF-8 already.
            json: String::from_utf8(json).unwrap_or_default().into(),
            slots: slots.into(),
            names: names.into(),
            facts: parsed.facts,
        };
        shape.check_names()?;
        Ok(shape)
    }

    fn check_names(&self) -> Result<(), ShapeError> {
        let mut names = Vec::new();
        for span in &*self.names {
            let name = self.json.get(span.begin as usize..span.end as usize);
            let name = Cow::Borrowed(name.unwrap_or_default());
            push(&mut names, (name, span.offset as usize)).map_err(|_| OUT_OF_MEMORY)?;
        }
        let names = sort_texts(names);
        let neighbours = names.iter().zip(names.iter().skip(1));
        let repeated = neighbours.filter(|((name, _), (next, _))| name == next);
        match repeated.map(|(_, next)| next).min_by_key(|(_, offset)| *offset) {
            Some(&(ref name, offset)) => {
                Err(ShapeError { offset, kind: ShapeErrorKind::RepeatedName { name: copy(name) } })
            }
            None => Ok(()),
        }
    }
}

const OUT_OF_MEMORY: ShapeError = ShapeError { offset: 0, kind: ShapeErrorKind::OutOfMemory };

fn filled<T: Copy>(item: T, len: usize) -> Result<Vec<T>, ShapeError> {
    let mut items = Vec::new();
    items.try_reserve_exact(len).map_err(|_| OUT_OF_MEMORY)?;
    items.resize(len, item);
    Ok(items)
}

impl FromStr for Shape {
    type Err = ShapeError;

    /// Parses a shape from JSON ([RFC 8259]) of up to 4 GiB. Allocates the text's length, 12 bytes for
    /// each `$`, backslash and colon, and while it checks the outermost names up to 96 bytes for each.
    ///
    /// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
    fn from_str(text: &str) -> Result<Shape, ShapeError> {
        Shape::parse(text)
    }
}

/// Why a text is not a [`Shape`].
///
/// # Examples
///
/// ```
/// use formevent::{Shape, ShapeErrorKind};
///
/// let error = "{\"a\": 01}".parse::<Shape>().unwrap_err();
/// assert_eq!((error.offset, error.kind), (7, ShapeErrorKind::NotJson { expected: "a comma, or }" }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShapeError {
    /// The offset of the mistake in the text, in bytes.
    pub offset: usize,
    /// The mistake.
    pub kind: ShapeErrorKind,
}

/// The mistake that a [`ShapeError`] reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeErrorKind {
    /// The text is not JSON.
    NotJson {
        /// The tokens that JSON allows there.
        expected: &'static str,
    },
    /// Arrays and objects are nested more than 64 deep.
    TooDeep,
    /// A string begins with `$` and is not a hole.
    UnknownHole {
        /// The string, as JSON escapes it.
        hole: String,
    },
    /// A name begins with `$`. Only values can be holes.
    HoleAsName {
        /// The name, as JSON escapes it.
        name: String,
    },
    /// The outermost object has this name twice.
    RepeatedName {
        /// The name, as JSON escapes it.
        name: String,
    },
    /// An allocation failed, or the text is longer than 4 GiB.
    OutOfMemory,
}

impl ShapeError {
    fn new(problem: Problem, text: &str, offset: usize) -> Self {
        let string = || {
            // The parser has found its end.
            let text = text.get(offset.saturating_add(1)..).unwrap_or_default();
            let mut is_escaped = false;
            let end = text.bytes().position(|byte| {
                let ends = byte == b'"' && !is_escaped;
                is_escaped = byte == b'\\' && !is_escaped;
                ends
            });
            copy(text.get(..end.unwrap_or(text.len())).unwrap_or_default())
        };
        let kind = match problem {
            Problem::Expected(expected) => ShapeErrorKind::NotJson { expected },
            Problem::TooDeep => ShapeErrorKind::TooDeep,
            Problem::UnknownHole => ShapeErrorKind::UnknownHole { hole: string() },
            Problem::HoleAsName => ShapeErrorKind::HoleAsName { name: string() },
        };
        ShapeError { offset, kind }
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match &self.kind {
            ShapeErrorKind::NotJson { expected } => {
                write!(f, "the shape is not JSON at byte offset {at}: expected {expected}")
            }
            ShapeErrorKind::TooDeep => {
                write!(f, "the shape nests deeper than {MAX_DEPTH} levels at byte offset {at}")
            }
            ShapeErrorKind::UnknownHole { hole }
                if hole.len() > EXTRA.len() && hole.starts_with(EXTRA) =>
            {
                let hole = Escaped(hole.as_bytes());
                write!(
                    f,
                    "`{hole}` at byte offset {at} of the shape is not a hole: the name of the member may not have \
                     characters that JSON escapes"
                )
            }
            ShapeErrorKind::UnknownHole { hole } => {
                let hole = Escaped(hole.as_bytes());
                write!(
                    f,
                    "`{hole}` at byte offset {at} of the shape is not a hole: expected one of "
                )?;
                for name in Shape::HOLES {
                    write!(f, "{name}, ")?;
                }
                write!(f, "{EXTRA}NAME, or $$ for a dollar sign")
            }
            ShapeErrorKind::HoleAsName { name } => write!(
                f,
                "the name `{}` at byte offset {at} of the shape begins with $: only values can be \
                 holes; write $$ for a dollar sign",
                Escaped(name.as_bytes())
            ),
            ShapeErrorKind::RepeatedName { name } => write!(
                f,
                "the shape has the name `{}` again at byte offset {at}; names must be unique",
                Escaped(name.as_bytes())
            ),
            ShapeErrorKind::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for ShapeError {}
