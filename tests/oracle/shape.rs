//! Events in any shape, written once more: each hole is a JSON text of its own.
//!
//! `serde_json` must have `preserve_order`, or the members of the shape come sorted.

use base64::Engine;
use formevent::{Duplicates, Rules};
use serde_json::Value;

use super::{Case, json, object, split, string, text};

/// The inputs of an event, except its shape and its options.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub body: Vec<u8>,
    pub headers: Vec<(String, String)>,
    pub stage: String,
    pub source_ip: String,
    pub user_agent: String,
    pub method: String,
    pub path: String,
    pub query_string: String,
    pub id: String,
    /// Milliseconds since 1970.
    pub time_epoch: u64,
    pub extra: Vec<(String, String)>,
}

/// The event as compact JSON, or a hole of the shape that cannot be filled.
pub fn event(shape: &Value, case: Case, request: &Request) -> Result<String, String> {
    let holes = holes(shape);
    let is_base64 = holes.contains(&"$bodyBase64") && !holes.contains(&"$body");
    let fill = |hole: &str| {
        Some(match hole {
            "$isBase64Encoded" => is_base64.to_string(),
            "$dropped" => dropped(&request.body, case.rules),
            "$pairs" => json(&request.body, case),
            hole => request.fill(hole)?,
        })
    };
    let mut event = write(shape, &fill)?;
    let rest: Vec<_> = request
        .extra
        .iter()
        .filter(|(name, _)| !holes.contains(&&*format!("$extra.{name}")))
        .map(|(name, value)| (name.clone(), string(value)))
        .collect();
    if let (Value::Object(members), false) = (shape, rest.is_empty()) {
        let comma = if members.is_empty() { "" } else { "," };
        event.truncate(event.len() - 1);
        event = format!("{event}{comma}{}", &object(rest)[1..]);
    }
    Ok(event)
}

impl Request {
    fn fill(&self, hole: &str) -> Option<String> {
        Some(match hole {
            "$body" => string(&text(&self.body, false).0),
            "$bodyBase64" => string(&base64::prelude::BASE64_STANDARD.encode(&self.body)),
            "$headers" => {
                object(self.headers.iter().map(|(name, value)| (name.clone(), string(value))))
            }
            "$multiValueHeaders" => {
                object(grouped(&self.headers).into_iter().map(|(name, values)| {
                    (name.to_owned(), serde_json::to_string(&values).unwrap())
                }))
            }
            "$combinedHeaders" => {
                object(grouped(&self.headers).into_iter().map(|(name, values)| {
                    let name = name.to_ascii_lowercase();
                    let separator = if name == "cookie" { "; " } else { "," };
                    (name, string(&values.join(separator)))
                }))
            }
            "$stage" => string(&self.stage),
            "$sourceIp" => string(&self.source_ip),
            "$userAgent" => string(&self.user_agent),
            "$method" => string(&self.method),
            "$path" => string(&self.path),
            "$queryString" => string(&self.query_string),
            "$queryStringParameters" => query(&self.query_string, Duplicates::Last),
            "$multiValueQueryStringParameters" => query(&self.query_string, Duplicates::Arrays),
            "$combinedQueryStringParameters" => {
                let lists = query(&self.query_string, Duplicates::Arrays);
                let lists: serde_json::Map<String, Value> = serde_json::from_str(&lists).unwrap();
                object(lists.into_iter().map(|(name, list)| {
                    let list: Vec<String> = serde_json::from_value(list).unwrap();
                    (name, string(&list.join(",")))
                }))
            }
            "$requestId" => string(&self.id),
            "$time" => {
                let time =
                    std::time::UNIX_EPOCH + std::time::Duration::from_millis(self.time_epoch);
                string(&humantime::format_rfc3339_millis(time).to_string())
            }
            "$timeEpoch" => self.time_epoch.to_string(),
            hole => {
                let name = hole.strip_prefix("$extra.")?;
                string(&self.extra.iter().find(|(own, _)| own == name)?.1)
            }
        })
    }
}

/// The strings of the shape that begin with a dollar sign and do not escape it.
fn holes(shape: &Value) -> Vec<&str> {
    match shape {
        Value::String(text) if text.starts_with('$') && !text.starts_with("$$") => vec![text],
        Value::Array(items) => items.iter().flat_map(holes).collect(),
        Value::Object(members) => members.values().flat_map(holes).collect(),
        _ => Vec::new(),
    }
}

fn write(shape: &Value, fill: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    Ok(match shape {
        Value::String(text) => match text.strip_prefix('$') {
            Some(literal) if literal.starts_with('$') => string(literal),
            Some(_) => fill(text).ok_or_else(|| text.clone())?,
            None => string(text),
        },
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| write(item, fill)).collect();
            format!("[{}]", items?.join(","))
        }
        Value::Object(members) => {
            let members: Result<Vec<_>, String> = members
                .iter()
                .map(|(name, value)| {
                    let name = if name.starts_with("$$") { &name[1..] } else { name };
                    Ok((name.to_owned(), write(value, fill)?))
                })
                .collect();
            object(members?)
        }
        value => value.to_string(),
    })
}

fn query(query_string: &str, duplicates: Duplicates) -> String {
    json(query_string.as_bytes(), Case { rules: Rules::Whatwg, decode: true, duplicates })
}

/// Headers whose names differ in case alone are one, called as the first.
fn grouped(headers: &[(String, String)]) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in headers {
        match groups.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    groups
}

fn dropped(body: &[u8], rules: Rules) -> String {
    let dropped = split(body, rules).1.into_iter().map(|(offset, raw, reason)| {
        object([
            ("offset".to_owned(), offset.to_string()),
            ("text".to_owned(), string(&text(&raw, false).0)),
            ("reason".to_owned(), string(reason)),
        ])
    });
    format!("[{}]", dropped.collect::<Vec<_>>().join(","))
}
