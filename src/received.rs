//! The event as the function receives it, owned.

use core::fmt;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

/// The members of the template's event, in order.
const HEADERS: &str = "headers";
const QUERYSTRING: &str = "querystring";
const STAGE: &str = "stage";
const SOURCE_IP: &str = "sourceIp";
const USER_AGENT: &str = "userAgent";
const MEMBERS: [&str; 5] = [HEADERS, QUERYSTRING, STAGE, SOURCE_IP, USER_AGENT];

/// The event as your function receives it: the owned counterpart of [`Event`](crate::Event), and the
/// argument of a Lambda function.
///
/// You lose nothing: keys keep their order and their repeats, and `Serialize` writes the same JSON
/// again. `querystring` is required; the other members default to empty. The deserializer refuses an
/// extra member that is not a string, and a member that comes twice.
///
/// # Examples
///
/// ```
/// let json = formevent::Event::new("name=Ada&tag=x&tag=y").extra("requestId", "42").to_string()?;
///
/// let event: formevent::ReceivedEvent = serde_json::from_str(&json)?;
/// assert_eq!(event.get("name"), Some("Ada"));
/// assert!(event.get_all("tag").eq(["x", "y"]));
/// assert!(event.fields().eq([("name", "Ada"), ("tag", "x"), ("tag", "y")]));
/// assert_eq!(event.extra("requestId"), Some("42"));
/// assert_eq!(serde_json::to_string(&event)?, json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedEvent {
    /// The request's headers in order.
    pub headers: Vec<(String, String)>,
    /// The form's keys and values in order: the pairs of the body.
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

/// The value of a key in a [`ReceivedEvent`].
///
/// # Examples
///
/// ```
/// use formevent::{Duplicates, Event, ReceivedEvent, FieldValue, Options};
///
/// let options = Options::new().duplicates(Duplicates::Group);
/// let json = Event::new("a=1&b=2&a=3").options(options).to_string()?;
/// let event: ReceivedEvent = serde_json::from_str(&json)?;
/// assert_eq!(event.querystring[0].1, FieldValue::Many(vec!["1".into(), "3".into()]));
/// assert_eq!(event.querystring[1].1, FieldValue::One("2".into()));
/// assert_eq!(event.querystring[0].1.as_slice(), ["1", "3"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A string.
    One(String),
    /// An array of strings, as [`Duplicates::Group`](crate::Duplicates::Group) and
    /// [`Duplicates::Arrays`](crate::Duplicates::Arrays) write.
    Many(Vec<String>),
}

impl FieldValue {
    /// The values in order, as a slice of one if it is a string.
    pub fn as_slice(&self) -> &[String] {
        match self {
            FieldValue::One(value) => core::slice::from_ref(value),
            FieldValue::Many(values) => values,
        }
    }
}

impl ReceivedEvent {
    /// The first value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key).next()
    }

    /// All values of `key`, in order, whether repeated or in an array.
    pub fn get_all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.fields().filter(move |&(own, _)| own == key).map(|(_, value)| value)
    }

    /// Every key with its value. The values of an array come one after another, at its place.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.querystring.iter().flat_map(|(key, value)| {
            value.as_slice().iter().map(move |value| (key.as_str(), value.as_str()))
        })
    }

    /// The first header called `name`, in any case ([RFC 9110]).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-5.1
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The extra member called `name`.
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extra.iter().find(|(extra, _)| extra == name).map(|(_, value)| value.as_str())
    }
}

impl Serialize for ReceivedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        check_extra(&self.extra).map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(Some(MEMBERS.len() + self.extra.len()))?;
        map.serialize_entry(HEADERS, &OrderedObject(&*self.headers))?;
        map.serialize_entry(QUERYSTRING, &OrderedObject(&*self.querystring))?;
        map.serialize_entry(STAGE, &self.stage)?;
        map.serialize_entry(SOURCE_IP, &self.source_ip)?;
        map.serialize_entry(USER_AGENT, &self.user_agent)?;
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

/// Fails if an extra member has the name of another member.
fn check_extra(extra: &[(String, String)]) -> Result<(), crate::Error> {
    let mut names = BTreeSet::from(MEMBERS);
    match extra.iter().find(|(name, _)| !names.insert(name)) {
        Some((name, _)) => Err(crate::Error::MemberExists { name: name.clone() }),
        None => Ok(()),
    }
}

/// An object as a list, which keeps the order and the repeats of its names.
struct OrderedObject<T>(T);

impl<V: Serialize> Serialize for OrderedObject<&[(String, V)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for OrderedObject<Vec<(String, V)>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<V>(Vec<(String, V)>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for ObjectVisitor<V> {
            type Value = OrderedObject<Vec<(String, V)>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
                while let Some(member) = map.next_entry()? {
                    self.0.push(member);
                }
                Ok(OrderedObject(self.0))
            }
        }

        deserializer.deserialize_map(ObjectVisitor(Vec::new()))
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

impl<'de> Deserialize<'de> for ReceivedEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EventVisitor;

        impl<'de> Visitor<'de> for EventVisitor {
            type Value = ReceivedEvent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the event of a posted form: an object with a member `querystring`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReceivedEvent, A::Error> {
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
                let OrderedObject(querystring) =
                    querystring.ok_or_else(|| A::Error::missing_field(QUERYSTRING))?;
                Ok(ReceivedEvent {
                    headers: headers.map_or_else(Vec::new, |OrderedObject(headers)| headers),
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

/// Reads the member `name`, which must not come twice.
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
