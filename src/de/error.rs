//! Why a form does not fit a type.

use core::fmt::{self, Write as _};

use alloc::boxed::Box;
use alloc::string::String;

use serde::de::{Expected, Unexpected};

use crate::names::{Escaped, copy, names};

use super::segments::Span;
use super::source::Form;

/// Why a form could not be read as a type: the fault, the field, its place and its text.
///
/// It is one pointer, so it adds nothing to the size of most results. You can log its `Display` safely, as that of
/// [`Dropped`](crate::Dropped); only the words of [`ErrorKind::Custom`] are the type's own.
///
/// # Examples
///
/// The members of a problem ([RFC 9457]) for the sender:
///
/// ```
/// use formevent::de::ErrorKind;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Order {
///     item: String,
///     count: u8,
/// }
///
/// let error = formevent::from_str::<Order>("item=tea&count=300").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// assert_eq!((error.field(), error.offset(), error.text()), (Some("count"), Some(15), Some("300")));
/// assert_eq!(
///     error.to_string(),
///     "field `count` at byte offset 15 is `300`; it must be an integer from 0 to 255"
/// );
/// let problem = serde_json::json!({
///     "type": format!("https://example.com/problems/{}", error.kind()),
///     "title": "The form is not an order",
///     "status": 422,
///     "detail": error.to_string(),
///     "field": error.field(),
///     "offset": error.offset(),
/// });
/// assert_eq!(problem["type"], "https://example.com/problems/invalid");
///
/// let error = formevent::from_str::<Order>("item=tea").unwrap_err();
/// assert_eq!((error.kind(), error.field(), error.offset()), (ErrorKind::Missing, Some("count"), None));
/// ```
///
/// [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    field: Option<String>,
    place: Option<Place>,
    text: Option<String>,
    detail: Detail,
}

/// The place of a field or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the body.
    Offset(usize),
    /// Among the fields of a received event.
    Index(usize),
}

/// The rest of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Detail {
    Nothing,
    /// The type or the form that is expected, or a whole message.
    Text(String),
    /// The expected type, from a visitor that refused the type that it was handed.
    Type(String),
    /// The names to choose from.
    OneOf(&'static [&'static str]),
    /// A key with more than the name of a missing field.
    Nested(String, Place),
    Refused(crate::Error),
}

/// The fault of a form, from [`Error::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A field is missing.
    Missing,
    /// A field comes again whose type takes one value.
    Repeated,
    /// The type has no such field, and denies unknown ones.
    Unknown,
    /// A value is not what its type takes.
    Invalid,
    /// A field has too few or too many values, or the form too few or too many fields.
    Count,
    /// A value has to be decoded or repaired, but its type can only borrow it.
    Borrowed,
    /// No form can be read as the type, whatever is sent: the fault is in the program.
    Unsupported,
    /// The type refused a value in words of its own.
    Custom,
    /// The body violates a limit or strict UTF-8, or memory ran out: see [`Error::refused`].
    Refused,
}

names!(ErrorKind in de {
    Missing => "missing",
    Repeated => "repeated",
    Unknown => "unknown",
    Invalid => "invalid",
    Count => "count",
    Borrowed => "borrowed",
    Unsupported => "unsupported",
    Custom => "custom",
    Refused => "refused",
});

impl Error {
    /// The fault.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The key of the field, decoded. For a missing field or a duplicate one the name that the type has for it. `None`
    /// if the error is not about one field.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The offset in the body, in bytes: of the value if it is about a value, else of the pair, which for
    /// [`ErrorKind::Repeated`] is the second one. `None` if a field is missing, or the fields are a received event's.
    /// In a multipart form the pair is the part.
    pub fn offset(&self) -> Option<usize> {
        match (self.0.place, &self.0.detail) {
            (Some(Place::Offset(offset)), _) => Some(offset),
            (None, Detail::Refused(error)) => error.offset(),
            _ => None,
        }
    }

    /// For a received event, the position of the field among [`ReceivedEvent::fields`], from 0.
    ///
    /// [`ReceivedEvent::fields`]: crate::ReceivedEvent::fields
    pub fn index(&self) -> Option<usize> {
        match self.0.place {
            Some(Place::Index(index)) => Some(index),
            _ => None,
        }
    }

    /// The value as the type got it, decoded and cut to 40 bytes. `None` if the error is not about a value.
    pub fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// The limit that the body violates, or where it is not UTF-8; also the error's `source`.
    pub fn refused(&self) -> Option<&crate::Error> {
        match &self.0.detail {
            Detail::Refused(error) => Some(error),
            _ => None,
        }
    }

    #[cold]
    fn new(kind: ErrorKind, detail: Detail) -> Self {
        Error(Box::new(Inner { kind, field: None, place: None, text: None, detail }))
    }

    /// A value that must be `expected`.
    #[cold]
    pub(super) fn invalid(expected: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Invalid, Detail::Text(write(expected)))
    }

    #[cold]
    pub(super) fn unsupported(message: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Unsupported, Detail::Text(write(message)))
    }

    /// A field or a form that has `found`, but must be something else.
    #[cold]
    pub(super) fn count(found: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Count, Detail::Text(write(found)))
    }

    #[cold]
    pub(super) fn repeated() -> Self {
        Error::new(ErrorKind::Repeated, Detail::Nothing)
    }

    /// A text that has to be decoded, for a visitor that can only borrow.
    #[cold]
    pub(super) fn borrowed() -> Self {
        Error::new(ErrorKind::Borrowed, Detail::Nothing)
    }

    /// The same error; another one if a visitor refused the type that it was handed.
    #[cold]
    pub(super) fn or_if_type(self, other: impl FnOnce() -> Error) -> Self {
        let is_own = self.0.place.is_none() && matches!(self.0.detail, Detail::Type(_));
        if is_own { other() } else { self }
    }

    /// The error of a value.
    #[cold]
    pub(super) fn of_value(self, form: &Form<'_>, value: &Span) -> Self {
        self.at(form.place(value), &form.lossy(value))
    }

    /// The error of a key, or of a value that has no other place.
    #[cold]
    pub(super) fn of_key(self, form: &Form<'_>, key: &Span) -> Self {
        let field = form.lossy(key);
        self.at(form.place(key), &field).of_field(&field)
    }

    /// The error of a struct after `last` was read.
    #[cold]
    pub(super) fn of_struct(mut self, form: &Form<'_>, last: &Span) -> Self {
        match self.0.kind {
            ErrorKind::Repeated => return self.at(form.place(last), ""),
            ErrorKind::Missing => {
                let name = self.0.field.as_deref().unwrap_or_default();
                if let Some(key) = form.nested(name) {
                    self.0.detail = Detail::Nested(copy(&form.lossy(&key)), form.place(&key));
                }
            }
            _ => {}
        }
        self
    }

    /// The error of a multipart form, with offsets in its body instead of those in the urlencoded one.
    #[cfg(feature = "multipart")]
    #[cold]
    pub(super) fn of_multipart(mut self, form: &crate::multipart::Form<'_>) -> Self {
        let Inner { place, detail, .. } = &mut *self.0;
        let mut offsets = [
            place.as_mut().and_then(Place::offset_mut),
            match detail {
                Detail::Nested(_, place) => place.offset_mut(),
                Detail::Refused(error) => error.pair_offset_mut(),
                _ => None,
            },
        ];
        for offset in offsets.iter_mut().flatten() {
            **offset = form.sent_offset(**offset);
        }
        self
    }

    /// Adds the field if the error has none.
    fn of_field(mut self, field: &str) -> Self {
        self.0.field.get_or_insert_with(|| copy(field));
        self
    }

    /// Adds the place if the error has none, and the text if it is about one.
    fn at(mut self, place: Place, text: &str) -> Self {
        if self.0.place.is_none() && self.0.kind != ErrorKind::Refused {
            self.0.place = Some(place);
            if !matches!(
                self.0.kind,
                ErrorKind::Missing | ErrorKind::Repeated | ErrorKind::Unknown | ErrorKind::Count
            ) {
                self.0.text = Some(cut(text));
            }
        }
        self
    }
}

/// A message. A `Display` of the user's that fails loses its text, not the error.
#[cold]
fn write(message: impl fmt::Display) -> String {
    let mut text = String::new();
    let _ = write!(text, "{message}");
    text
}

/// A copy of the first 40 bytes of `text`, or less to end with a character.
#[cold]
fn cut(text: &str) -> String {
    copy((0..=40).rev().find_map(|len| text.get(..len)).unwrap_or(text))
}

#[cfg(feature = "multipart")]
impl Place {
    fn offset_mut(&mut self) -> Option<&mut usize> {
        match self {
            Place::Offset(offset) => Some(offset),
            Place::Index(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Offset(offset) => write!(f, " at byte offset {offset}"),
            Place::Index(index) => write!(f, " at index {index} (from 0)"),
        }
    }
}

/// Lists names, each in backticks.
struct Names(&'static [&'static str]);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}`{}`", Escaped(name.as_bytes()))?;
        }
        Ok(())
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Detail::Nothing => Ok(()),
            Detail::Text(text) | Detail::Type(text) => f.write_str(text),
            Detail::OneOf([]) => f.write_str("absent"),
            Detail::OneOf(names) => write!(f, "one of {}", Names(names)),
            Detail::Nested(key, place) => write!(f, "`{}`{place}", Escaped(key.as_bytes())),
            Detail::Refused(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, field, place, text, detail } = &*self.0;
        if let Detail::Refused(error) = detail {
            return error.fmt(f);
        }
        match (field, text) {
            (Some(field), _) => write!(f, "field `{}`", Escaped(field.as_bytes()))?,
            (None, Some(_)) => f.write_str("a value")?,
            (None, None) if *kind == ErrorKind::Repeated => f.write_str("a field")?,
            (None, None) => f.write_str("the form")?,
        }
        if let Some(place) = place {
            place.fmt(f)?;
        }
        match text.as_deref() {
            None => {}
            Some("") => f.write_str(" is empty")?,
            Some(text) => write!(f, " is `{}`", Escaped(text.as_bytes()))?,
        }
        let separator = if text.is_some() { "; it" } else { "" };
        match kind {
            ErrorKind::Missing if *detail == Detail::Nothing => f.write_str(" is missing"),
            ErrorKind::Missing => write!(
                f,
                " is missing, but there is {detail}: a form has no nested fields; \
                 use `#[serde(rename = \"…\")]` on the field, or `#[serde(flatten)]` on the struct"
            ),
            ErrorKind::Repeated if *detail == Detail::Nothing => {
                f.write_str(" comes again, but takes one value")
            }
            ErrorKind::Repeated => write!(f, " comes again, but must be {detail}"),
            ErrorKind::Unknown => write!(f, " is unknown; it must be {detail}"),
            ErrorKind::Invalid => write!(f, "{separator} must be {detail}"),
            ErrorKind::Count => write!(f, " has {detail}"),
            ErrorKind::Borrowed => write!(
                f,
                "{separator} has to be decoded, so it cannot be borrowed: \
                 take a `String`, or a `Cow` with `#[serde(borrow)]`"
            ),
            ErrorKind::Unsupported | ErrorKind::Custom | ErrorKind::Refused => {
                write!(f, ": {detail}")
            }
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.refused().map(|error| error as _)
    }
}

impl From<crate::Error> for Error {
    #[cold]
    fn from(error: crate::Error) -> Self {
        Error::new(ErrorKind::Refused, Detail::Refused(error))
    }
}

impl TryFrom<Error> for crate::Error {
    type Error = Error;

    /// Takes out the reason for which the body was refused; the error itself if it is another one.
    fn try_from(error: Error) -> Result<Self, Error> {
        match error.0.detail {
            Detail::Refused(refused) => Ok(refused),
            _ => Err(error),
        }
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::new(ErrorKind::Custom, Detail::Text(write(message)))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let mut error = Error::invalid_value(unexpected, expected);
        if let Unexpected::Seq = unexpected {
            error.0.kind = ErrorKind::Repeated;
        }
        error.0.detail = Detail::Type(write(expected));
        error
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let mut error = Error::invalid(expected);
        // Serde buffers fields for `flatten`; an error about them gets its text only here.
        if let Unexpected::Str(text) = unexpected {
            error.0.text = Some(cut(text));
        }
        error
    }

    fn invalid_length(len: usize, expected: &dyn Expected) -> Self {
        let s = if len == 1 { "" } else { "s" };
        Error::count(format_args!("{len} value{s}; it must be {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Error::new(ErrorKind::Invalid, Detail::OneOf(expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Error::new(ErrorKind::Unknown, Detail::OneOf(expected)).of_field(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Error::new(ErrorKind::Missing, Detail::Nothing).of_field(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Error::repeated().of_field(field)
    }
}
