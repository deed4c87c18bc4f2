//! Reads the request's form.

use formevent::multipart::{self, Form, Limits};
use formevent::{Error, Request, RequestError};
use lambda_http::http::{StatusCode, header};

use crate::answers::Refusal;
use crate::config::Config;

// The headers of one part have the names of its field and of its file. In bytes.
const MAX_HEADER_BYTES: usize = 8_192;

const URLENCODED: &str = "application/x-www-form-urlencoded; charset=utf-8";
const MEDIA_TYPES: &str = "application/x-www-form-urlencoded, multipart/form-data";

/// Reads a form whose headers announce one in UTF-8.
pub fn read_form<'r>(request: &'r Request<'_>, config: &Config) -> Result<Form<'r>, Refusal> {
    if let Some(sent) = request.charset() {
        return Err(RequestError::Charset { sent: sent.to_owned() }.into());
    }
    if request.body().len() > config.max_body {
        return Err(Error::TooManyBytes { max: config.max_body }.into());
    }
    let limits = Limits::new().max_parts(config.max_pairs).max_header_bytes(MAX_HEADER_BYTES);
    Ok(request.form(limits, config.files)?)
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        let refusal = |code| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, &error);
        // The headers tell the client how to send the form instead.
        match error {
            RequestError::ContentCoding { .. } => {
                refusal("content-coding").header(header::ACCEPT_ENCODING, "identity")
            }
            RequestError::Charset { .. } => refusal("charset").header(header::ACCEPT, URLENCODED),
            _ => refusal("media-type").header(header::ACCEPT, MEDIA_TYPES),
        }
    }
}

impl From<multipart::Error> for Refusal {
    fn from(error: multipart::Error) -> Self {
        use multipart::Error as E;
        let (status, code) = match error {
            E::ContentType
            | E::Parameters { .. }
            | E::BoundaryMissing
            | E::BoundaryLength { .. }
            | E::BoundaryByte { .. } => (StatusCode::BAD_REQUEST, "boundary"),
            E::File { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "file"),
            E::Charset { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "charset"),
            E::TooManyBytes { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-many-bytes"),
            E::TooManyParts { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-many-parts"),
            E::TooManyHeaderBytes { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too-many-header-bytes")
            }
            E::TooManyTextBytes { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-many-text-bytes"),
            E::OutOfMemory => (StatusCode::SERVICE_UNAVAILABLE, "out-of-memory"),
            _ => (StatusCode::BAD_REQUEST, "malformed-multipart"),
        };
        let detail = match error {
            E::File { .. } => format!("{error}: send the form without it"),
            _ => error.to_string(),
        };
        let mut refusal = Refusal::new(status, code, detail);
        if let Some(offset) = error.offset() {
            refusal = refusal.with("offset", offset);
        }
        match error {
            E::TooManyBytes { max }
            | E::TooManyParts { max, .. }
            | E::TooManyHeaderBytes { max, .. }
            | E::TooManyTextBytes { max, .. } => refusal.with("limit", max),
            E::File { name, .. } => refusal.with("field", name),
            E::Charset { .. } => refusal.header(header::ACCEPT, URLENCODED),
            _ => refusal,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (status, code, limit) = match error {
            Error::TooManyBytes { max } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too-many-bytes", Some(max))
            }
            Error::TooManyPairs { max, .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too-many-pairs", Some(max))
            }
            Error::TooMuchOutput { max, .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too-much-output", Some(max))
            }
            Error::InvalidUtf8 { .. } => (StatusCode::BAD_REQUEST, "invalid-utf8", None),
            Error::OutOfMemory => (StatusCode::SERVICE_UNAVAILABLE, "out-of-memory", None),
            // The other errors are about the shape, which the settings have been checked for.
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "unexpected", None),
        };
        let mut refusal = Refusal::new(status, code, &error);
        if let Some(offset) = error.offset() {
            refusal = refusal.with("offset", offset);
        }
        match limit {
            Some(limit) => refusal.with("limit", limit),
            None => refusal,
        }
    }
}

/// Makes an error of a form the client's answer. In a multipart form it has the offset of the part.
pub fn relocated(error: Error, request: &Request<'_>, form: &Form<'_>) -> Refusal {
    let offset = error.offset().filter(|_| is_multipart(form));
    let part = offset.map(|offset| form.part_at(offset).map(|part| part.offset));
    match part {
        Some(offset) => Refusal::from(error).with("offset", offset.unwrap_or(request.body().len())),
        None => error.into(),
    }
}

/// Whether the form has parts.
pub fn is_multipart(form: &Form<'_>) -> bool {
    form.parts().next().is_some()
}
