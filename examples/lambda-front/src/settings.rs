//! Reads settings from the function's environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use serde_json::Value;
use url::Url;

/// The function's environment.
pub type Env = BTreeMap<String, String>;

/// A wrong setting. The message names it, and never contains a secret.
#[derive(Debug, PartialEq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The form that a setting's text must have.
pub struct Form {
    pub test: fn(&str) -> bool,
    /// The same in words, after "must be".
    pub allowed: &'static str,
    /// Keeps the text out of the message.
    pub secret: bool,
}

/// The largest whole number that a JavaScript number holds exactly, so that the worker's limits are the same.
pub const MAX_WHOLE: u64 = (1 << 53) - 1;

pub struct Settings<'e> {
    env: &'e Env,
    names: BTreeSet<&'static str>,
}

impl<'e> Settings<'e> {
    pub fn new(env: &'e Env) -> Self {
        Settings { env, names: BTreeSet::new() }
    }

    /// Returns a setting without surrounding white space, or "" if it is missing.
    pub fn text(&mut self, name: &'static str) -> &'e str {
        self.value(name).unwrap_or_default().trim()
    }

    /// Returns a setting as `text` does, and checks its form unless it is empty.
    pub fn formed(&mut self, name: &'static str, form: &Form) -> Result<&'e str, ConfigError> {
        let text = self.text(name);
        if text.is_empty() || (form.test)(text) {
            return Ok(text);
        }
        Err(wrong(name, form.allowed, (!form.secret).then_some(text)))
    }

    /// Returns a setting without which the setting `by` is of no use.
    pub fn required(
        &mut self,
        name: &'static str,
        by: &str,
        form: &Form,
    ) -> Result<&'e str, ConfigError> {
        match self.formed(name, form)? {
            "" => Err(ConfigError(format!("{name} is missing: {by} needs it"))),
            text => Ok(text),
        }
    }

    /// Returns the value of one of these names, or `None` if the setting is missing.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        allowed: &[(&str, T)],
    ) -> Result<Option<T>, ConfigError> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let found = allowed.iter().find(|(name, _)| *name == text);
        let names = || allowed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let (_, value) =
            found.ok_or_else(|| wrong(name, &format!("one of {}", names()), Some(text)))?;
        Ok(Some(*value))
    }

    pub fn whole(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(default);
        }
        let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| is_whole && range.contains(number));
        let (least, most) = range.into_inner();
        number.ok_or_else(|| {
            wrong(name, &format!("a whole number from {least} to {most}"), Some(text))
        })
    }

    /// Returns the items of a comma-separated list or of a JSON array, each as `read` returns it.
    pub fn list(
        &mut self,
        name: &'static str,
        default: &str,
        allowed: &str,
        read: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<String>, ConfigError> {
        let text = self.value(name).unwrap_or(default).trim();
        let items: Vec<String> = if text.starts_with('[') {
            serde_json::from_str(text).map_err(|_| wrong(name, "a list of strings", None))?
        } else {
            text.split(',').map(str::to_owned).collect()
        };
        let items = items.iter().map(|item| item.trim()).filter(|item| !item.is_empty());
        items.map(|item| read(item).ok_or_else(|| wrong(name, allowed, Some(item)))).collect()
    }

    /// Returns the members of a JSON object of strings. None may be named in `taken`, and each value may be a secret.
    pub fn members(
        &mut self,
        name: &'static str,
        taken: &[&str],
    ) -> Result<Vec<(String, String)>, ConfigError> {
        let text = self.text(name);
        let Ok(Value::Object(members)) =
            serde_json::from_str(if text.is_empty() { "{}" } else { text })
        else {
            return Err(wrong(name, "an object of strings", None));
        };
        let member = |(member, value): (String, Value)| match value {
            Value::String(_) if taken.contains(&&*member) => {
                let member = quoted(&member);
                Err(ConfigError(format!("{name} must not name {member}: the event already has it")))
            }
            Value::String(text) => Ok((member, text)),
            _ => {
                let member = quoted(&member);
                Err(wrong(name, &format!("an object of strings: {member} is not a string"), None))
            }
        };
        members.into_iter().map(member).collect()
    }

    /// Refuses settings that only the worker has, since whoever sets one relies on it.
    pub fn refuse(&mut self, names: &[&'static str]) -> Result<(), ConfigError> {
        match names.iter().find(|name| !self.text(name).is_empty()) {
            Some(name) => Err(wrong(name, "empty: only the worker has this setting", None)),
            None => Ok(()),
        }
    }

    /// Refuses a name that looks like a misspelt setting, since that would silently have no effect.
    pub fn check_names(&self) -> Result<(), ConfigError> {
        for name in self.env.keys().filter(|name| !self.names.contains(&***name)) {
            if let Some(meant) = self.names.iter().find(|setting| is_similar(name, setting)) {
                return Err(ConfigError(format!("{name} is not a setting: did you mean {meant}?")));
            }
        }
        Ok(())
    }

    fn value(&mut self, name: &'static str) -> Option<&'e str> {
        self.names.insert(name);
        self.env.get(name).map(String::as_str)
    }
}

pub fn wrong(name: &str, allowed: &str, shown: Option<&str>) -> ConfigError {
    let shown = shown.map(|text| format!(", not {}", quoted(text))).unwrap_or_default();
    ConfigError(format!("{name} must be {allowed}{shown}"))
}

pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns an http or https URL.
pub fn http(url: Result<Url, url::ParseError>) -> Option<Url> {
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether the names differ in at most one character, ignoring case.
fn is_similar(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|name| name.to_uppercase().chars().collect::<Vec<_>>());
    let shorter = a.len().min(b.len());
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let ends = a.iter().rev().zip(b.iter().rev());
    let end = ends.take(shorter - start).take_while(|(a, b)| a == b).count();
    a.len().max(b.len()) - start - end <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_names_differ_in_one_character() {
        for (a, b) in [
            ("SHAPE", "SHAPE"),
            ("SHAPE", "shape"),
            ("SHAPES", "SHAPE"),
            ("SHADE", "SHAPE"),
            ("HAPE", "SHAPE"),
        ] {
            assert!(is_similar(a, b) && is_similar(b, a), "{a} {b}");
        }
        for (a, b) in [("SHELL", "SHAPE"), ("SAHPE", "SHAPE"), ("", "UTF8"), ("RULESET", "RULES")] {
            assert!(!is_similar(a, b) && !is_similar(b, a), "{a} {b}");
        }
    }
}
