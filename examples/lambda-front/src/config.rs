//! Reads the settings and checks them all, so that a mistake shows before a form is accepted.

use std::collections::BTreeSet;

use formevent::multipart::Files;
use formevent::{Duplicates, Options, Rules, Utf8};
use lambda_http::http::HeaderValue;
use url::Url;

use crate::services::Service;
use crate::settings::{ConfigError, Env, Form, MAX_WHOLE, Settings, http};
use crate::shape::Shape;
use crate::target::Target;

#[derive(Debug)]
pub struct Config {
    /// Without one, the function answers with the event.
    pub target: Option<Target>,
    pub options: Options,
    pub rules: Rules,
    pub max_body: usize,
    pub max_pairs: usize,
    pub max_event: usize,
    /// The values of a repeated key all arrive.
    pub is_merged: bool,
    /// Without one, the event has the template's members, `requestId` and the extra members.
    pub shape: Option<Shape>,
    pub stage: String,
    pub extra_members: Vec<(String, String)>,
    /// In lower case.
    pub omit_headers: BTreeSet<String>,
    pub dropped: Dropped,
    pub files: Files,
    /// The fields that must have text.
    pub required: Vec<String>,
    /// The field that only programs fill. If it is empty, there is none.
    pub honeypot: String,
    /// Origins, or `*` for all. If it is empty, origins are not checked.
    pub allowed_origins: BTreeSet<String>,
    pub redirect_to: Option<HeaderValue>,
}

/// The treatment of a form that has dropped segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dropped {
    Ignore,
    Refuse,
    Pass,
}

// The members of the event without SHAPE, including those that the function adds.
const TAKEN: &[&str] =
    &["headers", "querystring", "stage", "sourceIp", "userAgent", "requestId", "dropped"];

// Headers that hold credentials.
const CREDENTIALS: &str = "authorization, cf-access-client-secret, cf-access-jwt-assertion, cookie, \
                           proxy-authorization, x-api-key";

// The settings of checks that only the worker makes.
const WORKERS: &[&str] = &[
    "VERIFY",
    "VERIFY_SECRET",
    "VERIFY_SECRET_OLD",
    "VERIFY_WINDOW_SECONDS",
    "VERIFY_URL",
    "TURNSTILE_SECRET",
    "TURNSTILE_URL",
    "TURNSTILE_UNAVAILABLE",
    "FORM_TIME_SECRET",
    "FORM_TIME_MIN_SECONDS",
    "FORM_TIME_MAX_SECONDS",
];

impl Config {
    pub fn read(env: &Env) -> Result<Self, ConfigError> {
        let settings = &mut Settings::new(env);
        let target = Target::read(settings)?;
        let document = Shape::document(settings)?;
        if target.as_ref().is_some_and(|target| target.service.is_object())
            && document.is_some_and(|document| document.starts_with('['))
        {
            return Err(ConfigError(
                "SHAPE must be an object, since the TARGET takes only objects".into(),
            ));
        }
        let extra_members =
            settings.members("EXTRA_MEMBERS", if document.is_some() { &[] } else { TAKEN })?;
        let dropped = settings
            .one_of(
                "DROPPED",
                &[
                    ("ignore", Dropped::Ignore),
                    ("refuse", Dropped::Refuse),
                    ("pass", Dropped::Pass),
                ],
            )?
            .unwrap_or(Dropped::Ignore);
        let shape = document
            .map(|document| Shape::read(document, &extra_members, dropped == Dropped::Pass))
            .transpose()?;
        let preset = shape.as_ref().and_then(|shape| shape.preset);
        let rules = settings.one_of("RULES", &named(Rules::ALL, Rules::as_str))?;
        let rules = rules.or(preset.map(|preset| preset.rules())).unwrap_or_default();
        let decode = settings.one_of("DECODE", &[("false", false), ("true", true)])?;
        let decode = decode.or(preset.map(|preset| preset.decode())).unwrap_or_default();
        let duplicates =
            settings.one_of("DUPLICATES", &named(Duplicates::ALL, Duplicates::as_str))?;
        let duplicates = duplicates.unwrap_or_default();
        let utf8 = settings.one_of("UTF8", &named(Utf8::ALL, Utf8::as_str))?.unwrap_or_default();
        let max_body = size(settings.whole("MAX_BODY_BYTES", 1_000_000, 0..=MAX_WHOLE)?);
        let max_pairs = size(settings.whole("MAX_PAIRS", 1_000, 0..=MAX_WHOLE)?);
        let (by_default, most) =
            target.as_ref().map_or(Service::Lambda, |target| target.service).size();
        let max_event = size(settings.whole("MAX_EVENT_BYTES", by_default, 0..=most)?);
        let options = Options::new().rules(rules).decode(decode).duplicates(duplicates).utf8(utf8);
        let config = Config {
            target,
            options: options.max_bytes(max_body).max_pairs(max_pairs).max_output(max_event),
            rules,
            max_body,
            max_pairs,
            max_event,
            is_merged: matches!(duplicates, Duplicates::Group | Duplicates::Arrays),
            shape,
            stage: settings.text("STAGE").to_owned(),
            extra_members,
            omit_headers: settings
                .list("OMIT_HEADERS", CREDENTIALS, "a list of header names", header_name)?
                .into_iter()
                .collect(),
            dropped,
            files: settings
                .one_of("FILES", &[("refuse", Files::Refuse), ("drop", Files::Drop)])?
                .unwrap_or(Files::Refuse),
            required: settings
                .list("REQUIRED", "", "a list of field names", |name| Some(name.to_owned()))?,
            honeypot: settings.text("HONEYPOT").to_owned(),
            allowed_origins: settings
                .list("ALLOWED_ORIGINS", "", ORIGINS, origin)?
                .into_iter()
                .collect(),
            redirect_to: location(settings.formed("REDIRECT_TO", &REDIRECT)?),
        };
        settings.refuse(WORKERS)?;
        settings.check_names()?;
        Ok(config)
    }
}

/// The values with their names.
fn named<T: Copy>(values: &[T], name: fn(T) -> &'static str) -> Vec<(&'static str, T)> {
    values.iter().map(|value| (name(*value), *value)).collect()
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

const REDIRECT: Form = Form {
    test: |text| {
        let base = Url::parse("https://localhost/");
        http(base.and_then(|base| base.join(text))).is_some() && !text.contains(char::is_control)
    },
    allowed: "an http or https URL, absolute or relative, on one line",
    secret: false,
};

/// Returns the value of the header `Location`, which can only hold ASCII.
fn location(text: &str) -> Option<HeaderValue> {
    if text.is_empty() {
        return None;
    }
    let encoded: String =
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_graphic() {
                    char::from(byte).into()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect();
    encoded.try_into().ok()
}

fn header_name(text: &str) -> Option<String> {
    let is_token = |char: char| char.is_ascii_alphanumeric() || "_!#$%&'*+.^`|~-".contains(char);
    text.chars().all(is_token).then(|| text.to_ascii_lowercase())
}

const ORIGINS: &str =
    "* or origins such as https://www.example.com, with a scheme and without a path";

/// Returns an origin as browsers send it:
/// <https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin>
fn origin(text: &str) -> Option<String> {
    // Browsers send "null" for files and sandboxed frames.
    if matches!(text, "*" | "null") {
        return Some(text.to_owned());
    }
    let (scheme, host) = text.split_once("://")?;
    let is_scheme = |char: char| char.is_ascii_alphanumeric() || "+.-".contains(char);
    if !scheme.starts_with(|char: char| char.is_ascii_alphabetic())
        || !scheme.chars().all(is_scheme)
    {
        return None;
    }
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.is_empty()
        || host.contains(|char: char| char.is_whitespace() || r"/?#@\*".contains(char))
    {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let origin = url.origin();
    if origin.is_tuple() {
        return Some(origin.ascii_serialization());
    }
    // The standard has no origin for the schemes of apps.
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_send_them() {
        for (text, expected) in [
            ("*", Some("*")),
            ("null", Some("null")),
            ("HTTPS://www.Example.com:443/", Some("https://www.example.com")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("https://bücher.example", Some("https://xn--bcher-kva.example")),
            ("capacitor://localhost", Some("capacitor://localhost")),
            ("app://a:1", Some("app://a:1")),
            ("www.example.com", None),
            ("https://", None),
            ("https://example.com/a", None),
            ("https://a@example.com", None),
            ("https://*.example.com", None),
            ("blob:https://example.com", None),
            ("1://example.com", None),
        ] {
            assert_eq!(origin(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_location_is_ascii() {
        assert_eq!(location("/dank e?ä=%20").unwrap(), "/dank%20e?%C3%A4=%20");
        assert_eq!(location(""), None);
    }
}
