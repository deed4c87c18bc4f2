//! Forms in the events that AWS hands to a function: [`Request`] from each of them.
//!
//! | the event of | type | `stage` | `sourceIp` |
//! | --- | --- | --- | --- |
//! | a REST API, or an HTTP API with payload 1.0 | [`ApiGatewayProxyRequest`] | `requestContext.stage` | `requestContext.identity.sourceIp` |
//! | an HTTP API with payload 2.0 | [`ApiGatewayV2httpRequest`] | `requestContext.stage` | `requestContext.http.sourceIp` |
//! | a function URL | [`LambdaFunctionUrlRequest`] | always [`$default`][url] | `requestContext.http.sourceIp` |
//! | an Application Load Balancer | [`AlbTargetGroupRequest`] | empty | the last address in `X-Forwarded-For` |
//! | Lambda@Edge | [`CloudFrontEvent`] | empty | `clientIp` |
//!
//! * **Headers** are `multiValueHeaders` if the event has them, else `headers`. Payload 2.0 has the cookies
//!   beside the headers; they become the header `cookie` again. `http::HeaderMap`, which the events of
//!   `aws_lambda_events` use, has names in lower case.
//! * **The user agent** is that of the request context, or else of the header `User-Agent`.
//! * **The query string** is the one that was sent, where the event has it. A REST API has only decoded
//!   parameters and a load balancer only a map: the query string is made from these, in the order of their
//!   names.
//! * **The request's id** and **its time** are those of the request context; Lambda@Edge has no time, a load
//!   balancer has neither.
//! * **A body** that is `null` is an empty form, except from Lambda@Edge, where it means that the function
//!   does not get the body.
//!
//! A load balancer appends the address of its client to `X-Forwarded-For`, so the last address is the only
//! one that the sender cannot choose. In the mode `preserve` it does not, and in the mode `remove` there is
//! none: see [its documentation][xff].
//!
//! # Examples
//!
//! ```
//! use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
//! use formevent::Request;
//!
//! let json = r#"{
//!     "version": "2.0",
//!     "rawPath": "/contact",
//!     "headers": {"content-type": "application/x-www-form-urlencoded"},
//!     "requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.1"}, "stage": "prod"},
//!     "body": "bmFtZT1BZGE=",
//!     "isBase64Encoded": true
//! }"#;
//! let event: ApiGatewayV2httpRequest = serde_json::from_str(json)?;
//! let request = Request::try_from(&event)?;
//! assert_eq!(request.body(), b"name=Ada");
//! let json = request.event()?.to_string()?;
//! assert!(json.ends_with(r#""querystring":{"name":"Ada"},"stage":"prod","sourceIp":"192.0.2.1","userAgent":""}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [url]: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
//! [xff]: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html

mod cloudfront;

use core::net::SocketAddr;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use aws_lambda_events::alb::AlbTargetGroupRequest;
use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use aws_lambda_events::query_map::QueryMap;
use base64::DecodeError;
use base64::prelude::{BASE64_STANDARD, Engine};
use form_urlencoded::byte_serialize;
use http::HeaderMap;
use serde_json::Value;

use crate::request::{HeaderField, fields, find};
use crate::{Request, RequestError};

pub use cloudfront::{
    CloudFrontBody, CloudFrontConfig, CloudFrontEncoding, CloudFrontEvent, CloudFrontHeader,
    CloudFrontRecord, CloudFrontRecordEvent, CloudFrontRequest,
};

impl<'a> TryFrom<&'a ApiGatewayProxyRequest> for Request<'a> {
    type Error = RequestError;

    /// See [`aws`](crate::aws).
    fn try_from(event: &'a ApiGatewayProxyRequest) -> Result<Self, RequestError> {
        let context = &event.request_context;
        let parameters =
            [&event.multi_value_query_string_parameters, &event.query_string_parameters];
        Ok(Request {
            stage: context.stage.as_deref().unwrap_or_default(),
            source_ip: context.identity.source_ip.as_deref().unwrap_or_default().into(),
            user_agent: context.identity.user_agent.as_deref(),
            method: event.http_method.as_str(),
            path: event.path.as_deref().unwrap_or_default(),
            query_string: query_string(parameters, |text| {
                byte_serialize(text.as_bytes()).collect()
            })
            .into(),
            id: context.request_id.as_deref().unwrap_or_default(),
            time_epoch: milliseconds(context.request_time_epoch),
            ..request(
                one_of(&event.multi_value_headers, &event.headers),
                event.body.as_deref(),
                event.is_base64_encoded,
            )?
        })
    }
}

impl<'a> TryFrom<&'a ApiGatewayV2httpRequest> for Request<'a> {
    type Error = RequestError;

    /// See [`aws`](crate::aws).
    fn try_from(event: &'a ApiGatewayV2httpRequest) -> Result<Self, RequestError> {
        let context = &event.request_context;
        let headers = with_cookies(&event.headers, event.cookies.as_deref());
        Ok(Request {
            stage: context.stage.as_deref().unwrap_or_default(),
            source_ip: context.http.source_ip.as_deref().unwrap_or_default().into(),
            user_agent: context.http.user_agent.as_deref(),
            method: context.http.method.as_str(),
            path: event.raw_path.as_deref().unwrap_or_default(),
            query_string: event.raw_query_string.as_deref().unwrap_or_default().into(),
            id: context.request_id.as_deref().unwrap_or_default(),
            time_epoch: milliseconds(context.time_epoch),
            ..request(headers, event.body.as_deref(), event.is_base64_encoded)?
        })
    }
}

impl<'a> TryFrom<&'a LambdaFunctionUrlRequest> for Request<'a> {
    type Error = RequestError;

    /// See [`aws`](crate::aws).
    fn try_from(event: &'a LambdaFunctionUrlRequest) -> Result<Self, RequestError> {
        let context = &event.request_context;
        let headers = with_cookies(&event.headers, event.cookies.as_deref());
        Ok(Request {
            stage: "$default",
            source_ip: context.http.source_ip.as_deref().unwrap_or_default().into(),
            user_agent: context.http.user_agent.as_deref(),
            method: context.http.method.as_deref().unwrap_or_default(),
            path: event.raw_path.as_deref().unwrap_or_default(),
            query_string: event.raw_query_string.as_deref().unwrap_or_default().into(),
            id: context.request_id.as_deref().unwrap_or_default(),
            time_epoch: milliseconds(context.time_epoch),
            ..request(headers, event.body.as_deref(), event.is_base64_encoded)?
        })
    }
}

impl<'a> TryFrom<&'a AlbTargetGroupRequest> for Request<'a> {
    type Error = RequestError;

    /// See [`aws`](crate::aws).
    fn try_from(event: &'a AlbTargetGroupRequest) -> Result<Self, RequestError> {
        let headers = one_of(&event.multi_value_headers, &event.headers);
        let source_ip = last_forwarded(&headers);
        let parameters =
            [&event.multi_value_query_string_parameters, &event.query_string_parameters];
        Ok(Request {
            source_ip: source_ip.into(),
            method: event.http_method.as_str(),
            path: event.path.as_deref().unwrap_or_default(),
            // A load balancer does not decode them.
            query_string: query_string(parameters, str::to_string).into(),
            ..request(headers, event.body.as_deref(), event.is_base64_encoded)?
        })
    }
}

impl<'a> TryFrom<&'a CloudFrontEvent> for Request<'a> {
    type Error = RequestError;

    /// See [`aws`](crate::aws).
    fn try_from(event: &'a CloudFrontEvent) -> Result<Self, RequestError> {
        let [CloudFrontRecord { cf: CloudFrontRecordEvent { config, request } }] = &event.records;
        let body = || {
            let body = request.body.as_ref().ok_or(RequestError::BodyNotIncluded)?;
            if body.input_truncated {
                return Err(RequestError::Truncated);
            }
            bytes(&body.data, body.encoding == CloudFrontEncoding::Base64)
        };
        Ok(Request {
            source_ip: request.client_ip.as_str().into(),
            method: &request.method,
            path: &request.uri,
            query_string: request.querystring.as_str().into(),
            id: config.request_id.as_deref().unwrap_or_default(),
            ..Request::of(request.fields().collect(), body)?
        })
    }
}

/// A request of its headers and its body; without one the form is empty.
fn request<'a>(
    headers: Vec<HeaderField<'a>>,
    body: Option<&'a str>,
    is_base64: bool,
) -> Result<Request<'a>, RequestError> {
    Request::of(headers, || bytes(body.unwrap_or_default(), is_base64))
}

fn bytes(body: &str, is_base64: bool) -> Result<Cow<'_, [u8]>, RequestError> {
    if !is_base64 {
        return Ok(body.as_bytes().into());
    }
    let decoded = BASE64_STANDARD.decode(body).map_err(|error| RequestError::Base64 {
        offset: match error {
            // Not the error's own offset, which is that of the last byte if there is one byte too many.
            DecodeError::InvalidByte(..) => body
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/'))
                .unwrap_or(body.len()),
            DecodeError::InvalidLastSymbol(offset, _) => offset,
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => body.len(),
        },
    })?;
    Ok(decoded.into())
}

/// A load balancer and a REST API have every value in the first, if they have it.
fn one_of<'a>(every: &'a HeaderMap, last: &'a HeaderMap) -> Vec<HeaderField<'a>> {
    fields(if every.is_empty() { last } else { every }).collect()
}

/// Payload 2.0 takes the cookies out of the headers.
fn with_cookies<'a>(headers: &'a HeaderMap, cookies: Option<&[String]>) -> Vec<HeaderField<'a>> {
    let mut fields: Vec<_> = fields(headers).collect();
    if let Some(cookies) = cookies
        && !cookies.is_empty()
        && find(&fields, "cookie").is_none()
    {
        fields.push((b"cookie", cookies.join("; ").into_bytes().into()));
    }
    fields
}

/// A query string of the first parameters that there are, in the order of their names.
fn query_string(parameters: [&QueryMap; 2], encode: impl Fn(&str) -> String) -> String {
    let mut pairs = Vec::new();
    // Not the map's own iterator: it panics if a name has no value, and has no order.
    let map = parameters
        .into_iter()
        .find(|map| !map.is_empty())
        .and_then(|map| serde_json::to_value(map).ok());
    if let Some(Value::Object(map)) = map {
        let mut map: Vec<_> = map.iter().collect();
        map.sort_by_key(|&(name, _)| name);
        for (name, values) in map {
            let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
            pairs.extend(values.map(|value| encode(name) + "=" + &encode(value)));
        }
    }
    pairs.join("&")
}

fn milliseconds(time_epoch: i64) -> u64 {
    time_epoch.try_into().unwrap_or_default()
}

/// The address that the load balancer appended, without the port that it may have.
fn last_forwarded(headers: &[HeaderField<'_>]) -> String {
    let is_forwarded = |(name, _): &&HeaderField<'_>| name.eq_ignore_ascii_case(b"x-forwarded-for");
    let value =
        headers.iter().rev().find(is_forwarded).map(|(_, value)| String::from_utf8_lossy(value));
    let value = value.unwrap_or_default();
    let last = value.rsplit(',').next().unwrap_or_default().trim();
    last.parse::<SocketAddr>().map_or_else(|_| last.to_string(), |address| address.ip().to_string())
}
