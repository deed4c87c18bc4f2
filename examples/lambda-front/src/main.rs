//! Turns a posted form into a JSON event and sends it to a Lambda function or another target.

#![cfg_attr(
    not(all(
        feature = "lambda",
        feature = "sqs",
        feature = "sns",
        feature = "events",
        feature = "states"
    )),
    allow(unused, reason = "some of it is for one service")
)]

#[cfg(not(any(
    feature = "lambda",
    feature = "sqs",
    feature = "sns",
    feature = "events",
    feature = "states"
)))]
compile_error!("turn on the feature of at least one service: lambda, sqs, sns, events or states");

mod answers;
mod config;
mod event;
mod fields;
mod form;
mod log;
mod losses;
mod send;
mod services;
mod settings;
mod shape;
mod target;

use std::env;

use lambda_http::http::{Method, StatusCode, header};
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceExt;
use lambda_http::{
    Adapter, Body, Error, LambdaEvent, Request, Response, lambda_runtime, service_fn,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::json;
use uuid::Uuid;

use answers::Refusal;
use config::Config;
use losses::Losses;
use services::Failure;
use settings::ConfigError;
use target::Target;

const ALLOW: &str = "OPTIONS, POST";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // Settings are text, so other variables are not read.
    let env = env::vars_os();
    let env =
        env.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = &Config::read(&env.collect());
    let service =
        service_fn(|request| async move { Ok::<_, Error>(answer(&request, config).await) });
    lambda_runtime::run(Adapter::from(service).map_request(with_uri)).await
}

// As the URL Standard escapes them: https://url.spec.whatwg.org/#path-percent-encode-set
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');
const PATH: &AsciiSet = &QUERY.remove(b'\'').add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');

/// Escapes the characters of the address that no URI has: an HTTP API decodes the path, and the query is as it was
/// sent. `lambda_http` panics if it cannot make a URI.
fn with_uri(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
        for (text, set) in [(&mut request.raw_path, PATH), (&mut request.raw_query_string, QUERY)] {
            *text = text.take().map(|text| utf8_percent_encode(&text, set).to_string());
        }
    }
    event
}

async fn answer(request: &Request, config: &Result<Config, ConfigError>) -> Response<Body> {
    let request_id = &*Uuid::new_v4().to_string();
    let mut answer = match config {
        Ok(config) => respond(request, config, request_id).await,
        Err(error) => Err(misconfigured(error, request_id)),
    }
    .unwrap_or_else(|refusal| answers::problem(refusal, request_id));
    let headers = answer.headers_mut();
    headers.extend(request_id.try_into().ok().map(|id| (answers::REQUEST_ID, id)));
    if let Ok(config) = config {
        answers::share(headers, request, config);
    }
    answer
}

async fn respond(
    received: &Request,
    config: &Config,
    request_id: &str,
) -> Result<Response<Body>, Refusal> {
    let method = received.method();
    if method != Method::OPTIONS && method != Method::POST {
        let detail = format!("the method must be POST, not {method}");
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail);
        return Err(refusal.header(header::ALLOW, ALLOW));
    }
    answers::check_origin(received, config)?;
    if method == Method::OPTIONS {
        return Ok(answers::options(ALLOW));
    }
    let request = formevent::Request::try_from(received)?;
    let form = form::read_form(&request, config)?;
    let is_spam = fields::check(&form, config)?;
    let losses = Losses::of(&form, config)?;
    let event = event::make_event(received, &request, &form, &losses, config, request_id)?;
    losses.log(request_id);
    let mut answer = match &config.target {
        None => answers::echo(event),
        Some(target) => {
            if is_spam {
                let facts = json!({ "requestId": request_id });
                log::warn("the honeypot is filled: the form goes nowhere", facts);
            } else {
                send_event(target, &event, config, request_id).await?;
            }
            answers::accepted(received.headers(), config, request_id)
        }
    };
    losses.tell(answer.headers_mut(), config.target.is_none());
    Ok(answer)
}

async fn send_event(
    target: &Target,
    event: &str,
    config: &Config,
    request_id: &str,
) -> Result<(), Refusal> {
    let event = send::outgoing(target, event);
    let limit = config.max_event;
    if event.len() > limit {
        let detail = format!("the event with its escape sequences exceeds {limit} bytes");
        let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-much-output", detail);
        return Err(refusal.with("limit", limit));
    }
    let sent = send::send(target, &event, request_id).await;
    sent.map_err(|failure| undelivered(&failure, request_id))
}

fn undelivered(failure: &Failure, request_id: &str) -> Refusal {
    let facts = json!({ "requestId": request_id, "cause": failure.cause() });
    log::error("the form is not accepted", facts);
    if let Failure::Unavailable { .. } = failure {
        let detail = "the service behind this form cannot be reached; your form was not accepted, please post it \
                      again later";
        return Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "target-unavailable", detail)
            .header(header::RETRY_AFTER, "10");
    }
    let detail = "the service behind this form refuses it; your form was not accepted";
    Refusal::new(StatusCode::BAD_GATEWAY, "target-refused", detail)
}

fn misconfigured(error: &ConfigError, request_id: &str) -> Refusal {
    log::error("misconfigured", json!({ "requestId": request_id, "cause": error.to_string() }));
    let detail = "this function has a wrong setting: see its log";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "misconfigured", detail)
}
