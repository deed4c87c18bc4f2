//! Looks at the fields before the function gets them: REQUIRED and HONEYPOT.

use formevent::multipart::Form;
use lambda_http::http::StatusCode;
use serde_json::Value;

use crate::answers::Refusal;
use crate::config::Config;

/// Checks the fields, and returns whether a program has filled the honeypot.
pub fn check(form: &Form<'_>, config: &Config) -> Result<bool, Refusal> {
    // Whether one of the values of a field has text.
    let is_filled = |name: &str| {
        let mut pairs = config.rules.pairs(form.as_urlencoded());
        pairs.any(|pair| !pair.value.is_empty() && pair.decode_key() == name)
    };
    // The program must not learn the reasons that people are told.
    if !config.honeypot.is_empty() && is_filled(&config.honeypot) {
        return Ok(true);
    }
    let missing = config.required.iter().filter(|name| !is_filled(name));
    let missing: Vec<_> = missing.map(|name| Value::from(&**name)).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    let names: Vec<_> = missing.iter().map(Value::to_string).collect();
    let detail = format!("these fields are required, but missing or empty: {}", names.join(", "));
    Err(Refusal::new(StatusCode::BAD_REQUEST, "missing-fields", detail).with("fields", missing))
}
