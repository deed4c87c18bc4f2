//! Logs lines of JSON.

use serde_json::{Value, json};

/// Logs a line of JSON. Pass ids, counts and causes, never the text of a header or a form.
fn log(level: &str, message: &str, facts: Value) {
    let mut line = json!({ "level": level, "message": message });
    if let (Some(line), Value::Object(facts)) = (line.as_object_mut(), facts) {
        line.extend(facts);
    }
    eprintln!("{line}");
}

pub fn warn(message: &str, facts: Value) {
    log("warn", message, facts);
}

pub fn error(message: &str, facts: Value) {
    log("error", message, facts);
}
