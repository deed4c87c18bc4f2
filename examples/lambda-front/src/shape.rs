//! Checks the setting SHAPE, and finds the facts about it that the function needs.

use std::borrow::Cow;

use formevent::{Event, Preset};
use serde_json::Value;

use crate::settings::{ConfigError, Settings, wrong};

#[derive(Debug)]
pub struct Shape {
    shape: Cow<'static, formevent::Shape>,
    /// Brings its own rules.
    pub preset: Option<Preset>,
    /// Whether it has the hole `$pairs`, so that its event lacks the dropped segments.
    pub has_pairs: bool,
    /// Whether it has the hole `$dropped`.
    pub has_dropped: bool,
}

impl Shape {
    /// Reads the setting: the name of a preset, a JSON object or array, or nothing.
    pub fn document<'e>(settings: &mut Settings<'e>) -> Result<Option<&'e str>, ConfigError> {
        let text = settings.text("SHAPE");
        if text.is_empty() || text.starts_with(['{', '[']) || text.parse::<Preset>().is_ok() {
            return Ok(Some(text).filter(|text| !text.is_empty()));
        }
        let names: Vec<_> = Preset::ALL.iter().map(|preset| preset.as_str()).collect();
        let allowed = format!("a JSON object or array, or one of {}", names.join(", "));
        Err(wrong("SHAPE", &allowed, Some(text)))
    }

    /// Reads a shape that takes these extra members and, unless it has `$dropped`, the member `dropped`.
    pub fn read(
        document: &str,
        extra_members: &[(String, String)],
        pass_dropped: bool,
    ) -> Result<Self, ConfigError> {
        let preset = document.parse::<Preset>().ok();
        let shape = match preset {
            Some(preset) => {
                let shape = preset.shape();
                // A preset has $pairs or the whole body, and never $dropped.
                Shape {
                    shape: Cow::Borrowed(shape),
                    preset: Some(preset),
                    has_pairs: shape.is_streamable(),
                    has_dropped: false,
                }
            }
            None => {
                let shape =
                    document.parse().map_err(|error| ConfigError(format!("SHAPE: {error}")))?;
                let value = serde_json::from_str(document).unwrap_or_default();
                let [has_pairs, has_dropped] = ["$pairs", "$dropped"].map(|hole| has(&value, hole));
                Shape { shape: Cow::Owned(shape), preset, has_pairs, has_dropped }
            }
        };
        let mut event = Event::new("").shape(shape.get());
        for (name, value) in extra_members {
            event = event.extra(name, value);
        }
        if pass_dropped && !shape.has_dropped {
            event = event.extra("dropped", "");
        }
        match event.to_vec() {
            Ok(_) => Ok(shape),
            Err(error) => Err(ConfigError(format!(
                "SHAPE, EXTRA_MEMBERS and DROPPED do not fit together: {error}"
            ))),
        }
    }

    pub fn get(&self) -> &formevent::Shape {
        &self.shape
    }
}

/// Whether the hole is in a document.
fn has(document: &Value, hole: &str) -> bool {
    match document {
        Value::String(text) => text == hole,
        Value::Array(items) => items.iter().any(|item| has(item, hole)),
        Value::Object(members) => members.values().any(|member| has(member, hole)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_have_pairs_or_the_whole_body() {
        for preset in Preset::ALL {
            let shape = Shape::read(preset.as_str(), &[], false).unwrap();
            let json = Event::new("a=1").shape(shape.get()).to_string().unwrap();
            assert_eq!(shape.has_pairs, json.contains(r#"{"a":"1"}"#), "{preset}");
            assert!(shape.has_pairs || json.contains("a=1") || json.contains("YT0x"), "{preset}");
            assert!(!json.contains("[]"), "{preset} may have $dropped");
        }
    }
}
