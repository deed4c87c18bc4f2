//! Turns the request's form into the function's event.

use std::time::{SystemTime, UNIX_EPOCH};

use formevent::Request;
use formevent::multipart::Form;
use lambda_http::RequestExt;
use lambda_http::http::{StatusCode, header};
use lambda_http::request::RequestContext;
use serde_json::{Value, json};

use crate::answers::Refusal;
use crate::config::{Config, Dropped};
use crate::form::relocated;
use crate::losses::{Losses, MAX_LISTED};

/// How many characters of a dropped segment an answer shows at most.
const MAX_SHOWN: usize = 100;

pub fn make_event(
    received: &lambda_http::Request,
    request: &Request<'_>,
    form: &Form<'_>,
    losses: &Losses,
    config: &Config,
    request_id: &str,
) -> Result<String, Refusal> {
    let shape = config.shape.as_ref();
    let has_dropped = shape.is_some_and(|shape| shape.has_dropped);
    if config.dropped != Dropped::Ignore || has_dropped {
        if losses.dropped_count > config.max_pairs {
            return Err(too_many_dropped(losses.dropped_count, config.max_pairs));
        }
        if config.dropped == Dropped::Refuse && losses.dropped_count > 0 {
            return Err(refused(losses));
        }
    }
    let headers = received.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut headers: Vec<_> =
        headers.filter(|(name, _)| !config.omit_headers.contains(*name)).collect();
    // As a worker receives them. The order of a header's values stays.
    headers.sort_by_key(|(name, _)| *name);
    let context = received.request_context_ref();
    let source_ip = match context {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
        _ => None,
    };
    let user_agent = received.headers().get(header::USER_AGENT);
    let path = received.raw_http_path();
    let dropped = (config.dropped == Dropped::Pass && !has_dropped).then(|| passed(losses));
    let mut event = form
        .event()
        .options(config.options)
        .headers(headers)
        .stage(&config.stage)
        .source_ip(source_ip.unwrap_or_default())
        .user_agent(user_agent.map(|value| value.as_bytes()).unwrap_or_default());
    match shape {
        Some(shape) => {
            event = event
                .shape(shape.get())
                .method(received.method().as_str())
                .path(path)
                .query_string(received.uri().query().unwrap_or_default())
                .request_id(request_id)
                .time_epoch(now());
        }
        // Only a shape has a place for the id.
        None => event = event.extra("requestId", request_id),
    }
    for (name, value) in &config.extra_members {
        event = event.extra(name, value);
    }
    if let Some(dropped) = &dropped {
        event = event.extra("dropped", dropped);
    }
    event.to_string().map_err(|error| match shape {
        // Then the error is about the body as it was sent.
        Some(shape) if !shape.has_pairs => error.into(),
        _ => relocated(error, request, form),
    })
}

/// In milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The list of the dropped segments as a string, like the event's own members.
fn passed(losses: &Losses) -> String {
    let mut list = losses.dropped.clone();
    if losses.dropped_count > MAX_LISTED {
        list.push(json!({ "count": losses.dropped_count }));
    }
    Value::from(list).to_string()
}

const RULE: &str = "each segment between two & must have a key and exactly one =";

fn refused(losses: &Losses) -> Refusal {
    let (count, mut shown) = (losses.dropped_count, losses.dropped.clone());
    for loss in &mut shown {
        if let Some(Value::String(text)) = loss.get_mut("text") {
            shorten(text);
        }
    }
    let listed = shown.len();
    let detail = format!("{RULE}; violations: {count}, of which dropped lists the first {listed}");
    let refusal = Refusal::new(StatusCode::BAD_REQUEST, "dropped-segments", detail);
    refusal.with("count", count).with("dropped", shown)
}

fn too_many_dropped(count: usize, limit: usize) -> Refusal {
    let detail = format!("{RULE}; violations: {count}, limit: {limit}");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-many-dropped", detail).with("limit", limit)
}

fn shorten(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(MAX_SHOWN) {
        text.truncate(at);
        text.push('…');
    }
}
