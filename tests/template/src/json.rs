//! JSON as it was written: members keep their order and come as often as they were sent.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::Value;

/// Serializes as the vectors state it: an object is `{"object": [[name, value], …]}`.
#[derive(Debug)]
pub(crate) enum Json {
    Object(Vec<(String, Json)>),
    Array(Vec<Json>),
    /// A string, a number, a boolean or null.
    Scalar(Value),
}

impl Json {
    /// Says where `template` first differs from `formevent`. Only the members of one name have an order.
    pub(crate) fn difference(template: &Json, formevent: &Json, path: &str) -> Option<String> {
        match (template, formevent) {
            (Json::Scalar(template), Json::Scalar(formevent)) if template == formevent => None,
            (Json::Array(template), Json::Array(formevent))
                if template.len() == formevent.len() =>
            {
                let mut items = template.iter().zip(formevent).enumerate();
                items.find_map(|(at, (template, formevent))| {
                    Json::difference(template, formevent, &format!("{path}/{at}"))
                })
            }
            (Json::Object(template), Json::Object(formevent)) => {
                let (template, formevent) = (by_name(template), by_name(formevent));
                template.keys().chain(formevent.keys()).find_map(|name| {
                    let path = format!("{path}/{name}");
                    let values = |members: &BTreeMap<_, Vec<_>>| {
                        members.get(name).cloned().unwrap_or_default()
                    };
                    let (template, formevent) = (values(&template), values(&formevent));
                    if template.len() != formevent.len() {
                        let (template, formevent) = (template.len(), formevent.len());
                        return Some(format!(
                            "member {path:?}: {template} in the template, {formevent} in formevent"
                        ));
                    }
                    let mut values = template.into_iter().zip(formevent);
                    values.find_map(|(template, formevent)| {
                        Json::difference(template, formevent, &path)
                    })
                })
            }
            _ => Some(format!("{path:?}: {template} in the template, {formevent} in formevent")),
        }
    }
}

fn by_name(members: &[(String, Json)]) -> BTreeMap<&str, Vec<&Json>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, value) in members {
        groups.entry(name.as_str()).or_default().push(value);
    }
    groups
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Object(members) => write!(f, "{} members", members.len()),
            Json::Array(items) => write!(f, "{} items", items.len()),
            Json::Scalar(value) => value.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Json::Object(object))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Object(members) => serializer.collect_map([("object", members)]),
            Json::Array(items) => {
                let mut array = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| array.serialize_element(item))?;
                array.end()
            }
            Json::Scalar(value) => value.serialize(serializer),
        }
    }
}
