//! From a request to the event, or to the refusal. Nothing here knows the host.

use std::sync::LazyLock;

use formevent::{Error, Options, Request, RequestError, Shape};
use http::StatusCode;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// The most bytes that a body may have.
pub const MAX_BYTES: usize = 500_000;

const OPTIONS: Options = Options::new().max_bytes(MAX_BYTES).max_pairs(1_000).max_output(1_000_000);

/// The event: this document with its holes filled.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let shape = r#"{"form":"$pairs","dropped":"$dropped","method":"$method","path":"$path"}"#;
    shape.parse().expect("it is JSON, and its holes have names that exist")
});

/// A status for the client, and why its form was refused.
pub type Refusal = (StatusCode, String);

/// Reads the body, unless it is too long.
pub async fn read<B>(body: B) -> Result<Vec<u8>, Refusal>
where
    B: http_body::Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => {
            let reason = format!("the body has more than {MAX_BYTES} bytes");
            Err((StatusCode::PAYLOAD_TOO_LARGE, reason))
        }
        Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string())),
    }
}

/// The event of a posted form.
pub fn event(parts: &Parts, body: &[u8]) -> Result<String, Refusal> {
    let not_a_form = |error: RequestError| (StatusCode::UNSUPPORTED_MEDIA_TYPE, error.to_string());
    let request = Request::new(parts, body).map_err(not_a_form)?;
    let event = request.event().map_err(not_a_form)?;
    event.options(OPTIONS).shape(&SHAPE).to_string().map_err(|error| match error {
        Error::TooManyBytes { .. } | Error::TooManyPairs { .. } | Error::TooMuchOutput { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, error.to_string())
        }
        _ => (StatusCode::BAD_REQUEST, error.to_string()),
    })
}
