//! Reads a form from a request, or says in a problem ([RFC 9457]) what is wrong with it.
//!
//! [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457

use std::fmt;

use formevent::de::{self, Deserializer, ErrorKind};
use formevent::multipart::{self, Files, Limits};
use formevent::{Options, RequestError, Rules};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::MAX_BYTES;

/// The media type of a problem.
pub const PROBLEM: &str = "application/problem+json";

/// Reads the form, urlencoded or multipart. An empty text is `None` where `T` has an `Option`.
///
/// # Errors
///
/// Fails if the request has no form, or one that is not a `T`, or one with files: `T` has no place for them, and the
/// sender would not learn that they were dropped.
pub fn read<T: DeserializeOwned>(request: &Request<impl AsRef<[u8]>>) -> Result<T, Problem> {
    let request = formevent::Request::try_from(request)?;
    if let Some(sent) = request.charset() {
        return Err(RequestError::Charset { sent: sent.to_owned() }.into());
    }
    let form = request.form(Limits::new().max_bytes(MAX_BYTES), Files::Refuse)?;
    let options = Options::new().rules(Rules::Whatwg).decode(true).max_bytes(MAX_BYTES);
    let fields = Deserializer::of_form(&form, &options).empty_as_none(true);
    Ok(T::deserialize(fields)?)
}

/// The problem with a request: the body of the answer.
#[derive(Debug, Serialize)]
pub struct Problem {
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
}

impl Problem {
    /// A problem of the request.
    pub fn new(status: u16, detail: impl fmt::Display) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let (title, detail) = (title.unwrap_or_default(), detail.to_string());
        Problem { title, status, detail, field: None, offset: None }
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The answer's body.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        Problem::new(415, error)
    }
}

impl From<multipart::Error> for Problem {
    fn from(error: multipart::Error) -> Self {
        use multipart::Error as E;
        let status = match error {
            E::TooManyBytes { .. } => 413,
            E::Charset { .. } | E::TransferEncoding { .. } | E::File { .. } => 415,
            E::OutOfMemory => 500,
            _ => 400,
        };
        let (problem, offset) = (Problem::new(status, &error), error.offset());
        let field = if let E::File { name, .. } = error { Some(name) } else { None };
        Problem { field, offset, ..problem }
    }
}

impl From<de::Error> for Problem {
    fn from(error: de::Error) -> Self {
        let status = match (error.refused(), error.kind()) {
            (Some(formevent::Error::TooManyBytes { .. }), _) => 413,
            // The sender can do nothing about these.
            (Some(formevent::Error::OutOfMemory), _) | (_, ErrorKind::Unsupported) => 500,
            _ => 400,
        };
        let field = error.field().map(str::to_owned);
        Problem { field, offset: error.offset(), ..Problem::new(status, error) }
    }
}

impl From<Problem> for Response<String> {
    fn from(problem: Problem) -> Self {
        answer(problem.status(), PROBLEM, problem.to_json())
    }
}

/// An answer for the frameworks that have no other way to make one.
pub fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}
