//! Counts the parts of a form that will not reach the function, for the answer and the log.

use formevent::multipart::{self, Form};
use formevent::{Options, Rules};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::answers::Refusal;
use crate::config::{Config, Dropped};
use crate::form::is_multipart;
use crate::log;
use crate::shape::Shape;

/// How many of each kind an answer, an event or the log lists at most.
pub const MAX_LISTED: usize = 100;

const DROPPED: HeaderName = HeaderName::from_static("x-formevent-dropped");
const REPEATED: HeaderName = HeaderName::from_static("x-formevent-repeated");

#[derive(Default)]
pub struct Losses {
    /// The first of the dropped segments of a urlencoded form, or of the dropped parts of a multipart form.
    pub dropped: Vec<Value>,
    pub dropped_count: usize,
    /// The first of the repeated keys. JSON readers keep only their last values.
    repeated: Vec<Value>,
    repeated_count: usize,
}

impl Losses {
    pub fn of(form: &Form<'_>, config: &Config) -> Result<Self, Refusal> {
        let is_multipart = is_multipart(form);
        let is_whole = |shape: &Shape| !shape.has_pairs && !shape.has_dropped;
        // An event with the whole body loses nothing, nor do these rules with merged keys.
        if config.dropped == Dropped::Ignore && config.shape.as_ref().is_some_and(is_whole)
            || config.rules == Rules::Whatwg && config.is_merged && !is_multipart
        {
            return Ok(Losses::default());
        }
        // The limits of a multipart form were for the body as it was sent.
        let own = Options::new().rules(config.rules).decode(true);
        let options = if is_multipart { &own } else { &config.options };
        let repeated = options.repeated_keys(form.as_urlencoded())?;
        let mut losses = Losses::default();
        if is_multipart {
            form.dropped(options).for_each(|loss| losses.add(|| part(loss)));
        } else {
            options.dropped(form.as_urlencoded()).for_each(|loss| losses.add(|| segment(loss)));
        }
        if !config.is_merged {
            losses.repeated_count = repeated.len();
            losses.repeated = repeated
                .iter()
                .take(MAX_LISTED)
                .map(|key| {
                    let offset = form.part_at(key.offset).map_or(key.offset, |part| part.offset);
                    json!({ "offset": offset, "count": key.count })
                })
                .collect();
        }
        Ok(losses)
    }

    fn add(&mut self, loss: impl FnOnce() -> Value) {
        self.dropped_count += 1;
        if self.dropped_count <= MAX_LISTED {
            self.dropped.push(loss());
        }
    }

    /// Logs one line if something is lost.
    pub fn log(&self, request_id: &str) {
        let Losses { dropped, dropped_count, repeated, repeated_count } = self;
        if *dropped_count == 0 && *repeated_count == 0 {
            return;
        }
        let listed = |loss: &Value| json!({ "offset": loss["offset"], "reason": loss["reason"] });
        let facts = json!({
            "requestId": request_id,
            "droppedCount": dropped_count,
            "dropped": dropped.iter().map(listed).collect::<Vec<_>>(),
            "repeatedCount": repeated_count,
            "repeated": repeated,
        });
        log::warn("fields are not in the event", facts);
    }

    /// Tells the client how much is lost; in an answer with the event also where it is, in bytes.
    pub fn tell(&self, headers: &mut HeaderMap, is_echo: bool) {
        let lists = [
            (DROPPED, &self.dropped, self.dropped_count),
            (REPEATED, &self.repeated, self.repeated_count),
        ];
        for (name, places, count) in lists.into_iter().filter(|(_, _, count)| *count > 0) {
            let offsets: Vec<_> = places.iter().map(|place| place["offset"].to_string()).collect();
            // A number with a parameter: https://www.rfc-editor.org/rfc/rfc9651
            let offsets = format!(";offsets=\"{}\"", offsets.join(" "));
            let value = format!("{count}{}", if is_echo { &offsets } else { "" });
            headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
        }
    }
}

fn segment(loss: formevent::Dropped<'_>) -> Value {
    let text = String::from_utf8_lossy(loss.text);
    json!({ "offset": loss.offset, "text": text, "reason": loss.reason.as_str() })
}

fn part(loss: multipart::Dropped<'_>) -> Value {
    let part = loss.part;
    let Some(filename) = part.decode_file_name() else {
        return json!({ "offset": part.offset, "text": part.decode_body(), "reason": loss.reason });
    };
    let mut value =
        json!({ "offset": part.offset, "name": part.decode_name(), "filename": filename });
    if let Some(content_type) = part.content_type {
        value["contentType"] = String::from_utf8_lossy(content_type).into();
    }
    value["size"] = part.body.len().into();
    value["reason"] = loss.reason.into();
    value
}
