//! Replaces the gateway: turns a request into the event for your function.
//!
//! `cargo run --example gateway` prints the event of a sample request.

use formevent::{Duplicates, Error, Event, Options};
use http::{Request, StatusCode, header};

/// Lambda accepts up to 1 MB of payload for an asynchronous invocation.
const OPTIONS: Options = Options::new()
    .decode(true)
    .duplicates(Duplicates::Group)
    .max_pairs(1_000)
    .max_output(1_000_000);

/// Writes the event of a posted form to `event`, a buffer that a server reuses. On an error returns the
/// response to send.
fn handle(
    request: &Request<Vec<u8>>,
    peer: &str,
    request_id: &str,
    event: &mut Vec<u8>,
) -> Result<(), (StatusCode, String)> {
    let text = |name| request.headers().get(name).map_or(&[][..], |value| value.as_bytes());
    let media_type = text(header::CONTENT_TYPE).split(|&byte| byte == b';').next();
    if !media_type.is_some_and(|it| {
        it.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    }) {
        let message = "the body must be application/x-www-form-urlencoded".to_owned();
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    event.clear();
    Event::new(request.body())
        .options(OPTIONS)
        .headers(request.headers())
        .stage("prod")
        .source_ip(peer)
        .user_agent(text(header::USER_AGENT))
        .extra("requestId", request_id)
        .append_to_vec(event)
        .map_err(|error| match error {
            Error::TooManyPairs { .. } | Error::TooMuchOutput { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, error.to_string())
            }
            error => (StatusCode::BAD_REQUEST, error.to_string()),
        })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = Request::post("https://api.example.com/contact")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .header(header::USER_AGENT, "curl/8.5.0")
        .body(
            b"name=Ada+Lovelace&topic=engine&topic=notes&message=Is+it+%22ready%22%3F".to_vec(),
        )?;
    let mut event = Vec::new();
    match handle(&request, "192.0.2.1", "d3b0", &mut event) {
        // Invoke the function here, with `X-Amz-Invocation-Type: Event`.
        Ok(()) => println!("{}", String::from_utf8(event)?),
        Err((status, message)) => println!("{status}: {message}"),
    }
    Ok(())
}
