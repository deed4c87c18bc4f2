//! The answers to the client: JSON, and for an error a problem as in RFC 9457.

use lambda_http::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use serde_json::{Value, json};
use url::Url;

use crate::config::Config;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ECHO: HeaderName = HeaderName::from_static("x-formevent");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// An error that is the client's answer.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    /// Names the error for programs; the detail is for people.
    code: &'static str,
    detail: String,
    /// Further members of the answer.
    members: Vec<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, detail: impl ToString) -> Self {
        let detail = detail.to_string();
        Refusal { status, code, detail, members: Vec::new(), headers: Vec::new() }
    }

    /// Sets a member of the answer.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }
}

/// <https://www.rfc-editor.org/rfc/rfc9457>
pub fn problem(refusal: Refusal, request_id: &str) -> Response<Body> {
    let Refusal { status, code, detail, members, headers } = refusal;
    let title = match status {
        // The crate `http` has the name of an older RFC.
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        _ => status.canonical_reason().unwrap_or_default(),
    };
    let mut body =
        json!({ "title": title, "status": status.as_u16(), "code": code, "detail": detail });
    for (name, value) in members {
        body[name] = value;
    }
    body["requestId"] = request_id.into();
    let mut answer = answer(status, "application/problem+json", body.to_string());
    answer.headers_mut().extend(headers);
    answer
}

/// Answers with the event itself.
pub fn echo(event: String) -> Response<Body> {
    let mut answer = answer(StatusCode::OK, "application/json", event);
    answer.headers_mut().insert(ECHO, HeaderValue::from_static("echo"));
    answer
}

/// Redirects a browser that posted the form itself, since it would show the answer. Programs get JSON.
pub fn accepted(headers: &HeaderMap, config: &Config, request_id: &str) -> Response<Body> {
    if let Some(location) = config.redirect_to.as_ref().filter(|_| is_navigation(headers)) {
        let mut answer = Response::new(Body::Empty);
        *answer.status_mut() = StatusCode::SEE_OTHER;
        answer.headers_mut().insert(header::LOCATION, location.clone());
        return answer;
    }
    let body = json!({ "requestId": request_id });
    answer(StatusCode::ACCEPTED, "application/json", body.to_string())
}

/// Answers a preflight request, or another one for the methods.
pub fn options(allow: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::Empty);
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    answer
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut answer = Response::new(Body::Text(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

// https://www.w3.org/TR/fetch-metadata/. Clients that do not send it are judged by the types they accept.
fn is_navigation(headers: &HeaderMap) -> bool {
    match headers.get(FETCH_MODE) {
        Some(mode) if !mode.is_empty() => mode == "navigate",
        _ => {
            let accept = headers.get(header::ACCEPT).map(HeaderValue::as_bytes).unwrap_or_default();
            accept.windows(9).any(|part| part == b"text/html")
        }
    }
}

/// Refuses pages of other origins than the allowed ones. Only browsers send an origin.
pub fn check_origin(request: &Request, config: &Config) -> Result<(), Refusal> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let own =
        || Url::parse(&request.uri().to_string()).map(|url| url.origin().ascii_serialization());
    let origins = &config.allowed_origins;
    let is_allowed = origins.is_empty() || origins.iter().any(|it| it == "*" || origin == it);
    if is_allowed || own().is_ok_and(|own| origin == &own) {
        return Ok(());
    }
    let origin = String::from_utf8_lossy(origin.as_bytes());
    let detail =
        format!("pages of {origin} may not post here: the origin is not in ALLOWED_ORIGINS");
    Err(Refusal::new(StatusCode::FORBIDDEN, "origin-not-allowed", detail))
}

/// Lets pages of allowed origins read the answer. <https://fetch.spec.whatwg.org/#http-cors-protocol>
pub fn share(answer: &mut HeaderMap, request: &Request, config: &Config) {
    if config.allowed_origins.is_empty() {
        return;
    }
    let is_allowed = |origin: &&HeaderValue| config.allowed_origins.iter().any(|it| *origin == it);
    let allowed = if config.allowed_origins.iter().any(|it| it == "*") {
        Some(HeaderValue::from_static("*"))
    } else {
        answer.append(header::VARY, HeaderValue::from_static("origin"));
        request.headers().get(header::ORIGIN).filter(is_allowed).cloned()
    };
    let Some(allowed) = allowed else { return };
    let mut set = |name, value| answer.insert(name, value);
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if request.method() == Method::OPTIONS {
        set(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        set(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
        set(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    } else {
        set(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}

const EXPOSED: &str =
    "x-request-id, x-formevent, x-formevent-dropped, x-formevent-repeated, retry-after";
