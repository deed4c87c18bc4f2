//! The owned event: what the function behind the form receives.

use core::fmt;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

use crate::event::{HEADERS, MEMBERS, QUERYSTRING, SOURCE_IP, STAGE, USER_AGENT};

/// An event as the function receives it: the owned counterpart of [`Event`](crate::Event), a
/// Lambda function's argument.
///
/// Nothing is lost on the way: names keep their order and their repeats, and `Serialize` writes
/// the same JSON again. `querystring` has to be there; the other members are empty when missing.
/// An extra member whose value is no string, or a name that comes twice in the event itself, is an
/// error of the deserializer.
///
/// # Examples
///
/// ```
/// let json = formevent::Event::new(b"name=Ada&tag=x&tag=y").extra("requestId", "42").to_json()?;
///
/// let event: formevent::EventBuf = serde_json::from_str(&json)?;
/// assert_eq!(event.get("name"), Some("Ada"));
/// assert_eq!(event.get_all("tag").collect::<Vec<_>>(), ["x", "y"]);
/// assert_eq!(event.extra("requestId"), Some("42"));
/// assert_eq!(serde_json::to_string(&event)?, json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventBuf {
    /// The request's headers in order.
    pub headers: Vec<(String, String)>,
    /// The form's fields in order: the pairs of the body.
    pub querystring: Vec<(String, FieldValue)>,
    /// The stage of the API.
    pub stage: String,
    /// The address that the request came from.
    pub source_ip: String,
    /// The sender's user agent.
    pub user_agent: String,
    /// The members after these, in order.
    pub extra: Vec<(String, String)>,
}

/// The value of a field in an [`EventBuf`].
///
/// # Examples
///
/// ```
/// use formevent::{Duplicates, Event, EventBuf, FieldValue, Options};
///
/// let options = Options::new().duplicates(Duplicates::Group);
/// let json = Event::new(b"a=1&b=2&a=3").options(options).to_json()?;
/// let event: EventBuf = serde_json::from_str(&json)?;
/// assert_eq!(event.querystring[0].1, FieldValue::Many(vec!["1".into(), "3".into()]));
/// assert_eq!(event.querystring[1].1, FieldValue::One("2".into()));
/// assert_eq!(event.querystring[0].1.as_slice(), ["1", "3"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A string.
    One(String),
    /// An array of strings, as [`Duplicates::Group`](crate::Duplicates::Group) writes.
    Many(Vec<String>),
}

impl FieldValue {
    /// The value, or the values in order.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(formevent::FieldValue::One("a".into()).as_slice(), ["a"]);
    /// ```
    pub fn as_slice(&self) -> &[String] {
        match self {
            FieldValue::One(value) => core::slice::from_ref(value),
            FieldValue::Many(values) => values,
        }
    }
}

impl EventBuf {
    /// The first value of the field `name`.
    ///
    /// # Examples
    ///
    /// ```
    /// let json = r#"{"querystring":{"a":"1","a":"2"}}"#;
    /// let event: formevent::EventBuf = serde_json::from_str(json)?;
    /// assert_eq!(event.get("a"), Some("1"));
    /// assert_eq!(event.get("b"), None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// All values of the field `name`, in order, be they repeated or grouped.
    ///
    /// # Examples
    ///
    /// ```
    /// let json = r#"{"querystring":{"a":["1","2"],"b":"3","a":"4"}}"#;
    /// let event: formevent::EventBuf = serde_json::from_str(json)?;
    /// assert!(event.get_all("a").eq(["1", "2", "4"]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields().filter(move |&(field, _)| field == name).map(|(_, value)| value)
    }

    /// The fields, one for each value: a group's values stand together, at its place.
    ///
    /// # Examples
    ///
    /// ```
    /// let json = r#"{"querystring":{"a":["1","2"],"b":"3"}}"#;
    /// let event: formevent::EventBuf = serde_json::from_str(json)?;
    /// assert!(event.fields().eq([("a", "1"), ("a", "2"), ("b", "3")]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.querystring.iter().flat_map(|(name, value)| {
            value.as_slice().iter().map(move |value| (name.as_str(), value.as_str()))
        })
    }

    /// The first header of that name; the case of ASCII letters does not matter ([RFC 9110]).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-5.1
    ///
    /// # Examples
    ///
    /// ```
    /// let json = r#"{"headers":{"Host":"api.example.com"},"querystring":{}}"#;
    /// let event: formevent::EventBuf = serde_json::from_str(json)?;
    /// assert_eq!(event.header("host"), Some("api.example.com"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The extra member `name`.
    ///
    /// # Examples
    ///
    /// ```
    /// let json = r#"{"querystring":{},"requestId":"42"}"#;
    /// let event: formevent::EventBuf = serde_json::from_str(json)?;
    /// assert_eq!(event.extra("requestId"), Some("42"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extra.iter().find(|(extra, _)| extra == name).map(|(_, value)| value.as_str())
    }
}

impl Serialize for EventBuf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(MEMBERS.len() + self.extra.len()))?;
        map.serialize_entry(HEADERS, &Members(&*self.headers))?;
        map.serialize_entry(QUERYSTRING, &Members(&*self.querystring))?;
        map.serialize_entry(STAGE, &self.stage)?;
        map.serialize_entry(SOURCE_IP, &self.source_ip)?;
        map.serialize_entry(USER_AGENT, &self.user_agent)?;
        check_extra(&self.extra).map_err(S::Error::custom)?;
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FieldValue::One(value) => value.serialize(serializer),
            FieldValue::Many(values) => values.serialize(serializer),
        }
    }
}

/// Each extra member has to have a name of its own.
fn check_extra(extra: &[(String, String)]) -> Result<(), crate::Error> {
    let mut names = BTreeSet::from(MEMBERS);
    match extra.iter().find(|(name, _)| !names.insert(name)) {
        Some((name, _)) => Err(crate::Error::MemberExists { name: name.clone() }),
        None => Ok(()),
    }
}

/// An object as a list: order and repeats of the names stay.
struct Members<T>(T);

impl<V: Serialize> Serialize for Members<&[(String, V)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Members<Vec<(String, V)>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor<V>(Vec<(String, V)>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for MembersVisitor<V> {
            type Value = Members<Vec<(String, V)>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
                while let Some(member) = map.next_entry()? {
                    self.0.push(member);
                }
                Ok(Members(self.0))
            }
        }

        deserializer.deserialize_map(MembersVisitor(Vec::new()))
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldValueVisitor;

        impl<'de> Visitor<'de> for FieldValueVisitor {
            type Value = FieldValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array of strings")
            }

            fn visit_str<E>(self, value: &str) -> Result<FieldValue, E> {
                Ok(FieldValue::One(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<FieldValue, E> {
                Ok(FieldValue::One(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FieldValue, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(FieldValue::Many(values))
            }
        }

        deserializer.deserialize_any(FieldValueVisitor)
    }
}

impl<'de> Deserialize<'de> for EventBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EventVisitor;

        impl<'de> Visitor<'de> for EventVisitor {
            type Value = EventBuf;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the event of a posted form, an object with the member `querystring`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EventBuf, A::Error> {
                let (mut headers, mut querystring) = (None, None);
                let (mut stage, mut source_ip, mut user_agent) = (None, None, None);
                let mut extra = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        HEADERS => set(&mut headers, HEADERS, &mut map)?,
                        QUERYSTRING => set(&mut querystring, QUERYSTRING, &mut map)?,
                        STAGE => set(&mut stage, STAGE, &mut map)?,
                        SOURCE_IP => set(&mut source_ip, SOURCE_IP, &mut map)?,
                        USER_AGENT => set(&mut user_agent, USER_AGENT, &mut map)?,
                        _ => extra.push((name, map.next_value()?)),
                    }
                }
                check_extra(&extra).map_err(A::Error::custom)?;
                let Members(querystring) =
                    querystring.ok_or_else(|| A::Error::missing_field(QUERYSTRING))?;
                Ok(EventBuf {
                    headers: headers.map_or_else(Vec::new, |Members(headers)| headers),
                    querystring,
                    stage: stage.unwrap_or_default(),
                    source_ip: source_ip.unwrap_or_default(),
                    user_agent: user_agent.unwrap_or_default(),
                    extra,
                })
            }
        }

        deserializer.deserialize_map(EventVisitor)
    }
}

/// Reads the value of the member `name`, which may come once.
fn set<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    member: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if member.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *member = Some(map.next_value()?);
    Ok(())
}
