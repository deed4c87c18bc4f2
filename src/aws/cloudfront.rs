//! The event of Lambda@Edge, which `aws_lambda_events` does not have.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::request::HeaderField;

/// The [event] of a viewer request or an origin request at Lambda@Edge, as far as a form needs it.
///
/// # Examples
///
/// ```
/// use formevent::Request;
/// use formevent::aws::CloudFrontEvent;
///
/// let json = r#"{"Records": [{"cf": {
///     "config": {"eventType": "viewer-request", "requestId": "EXAMPLE=="},
///     "request": {
///         "clientIp": "203.0.113.178",
///         "headers": {"content-type": [
///             {"key": "Content-Type", "value": "application/x-www-form-urlencoded"}
///         ]},
///         "method": "POST", "querystring": "", "uri": "/contact",
///         "body": {
///             "action": "read-only", "data": "bmFtZT1BZGE=", "encoding": "base64", "inputTruncated": false
///         }
///     }
/// }}]}"#;
/// let event: CloudFrontEvent = serde_json::from_str(json)?;
/// assert_eq!(Request::try_from(&event)?.body(), b"name=Ada");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [event]: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CloudFrontEvent {
    /// There is always one.
    #[serde(rename = "Records")]
    pub records: [CloudFrontRecord; 1],
}

/// The record of a [`CloudFrontEvent`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CloudFrontRecord {
    /// What happened.
    pub cf: CloudFrontRecordEvent,
}

/// The member `cf` of a [`CloudFrontRecord`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CloudFrontRecordEvent {
    /// Where it happened.
    pub config: CloudFrontConfig,
    /// The request.
    pub request: CloudFrontRequest,
}

/// The distribution, and the request's id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CloudFrontConfig {
    /// The distribution's domain name.
    pub distribution_domain_name: Option<String>,
    /// The distribution's id.
    pub distribution_id: Option<String>,
    /// `viewer-request` or `origin-request`.
    pub event_type: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
}

/// The request of a [`CloudFrontEvent`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CloudFrontRequest {
    /// The address of the sender.
    pub client_ip: String,
    /// The headers; the names are in lower case.
    pub headers: BTreeMap<String, Vec<CloudFrontHeader>>,
    /// The method.
    pub method: String,
    /// The query string without the `?`.
    #[serde(default)]
    pub querystring: String,
    /// The path.
    pub uri: String,
    /// The body, if the distribution is told to include it.
    pub body: Option<CloudFrontBody>,
}

impl CloudFrontRequest {
    pub(super) fn fields(&self) -> impl Iterator<Item = HeaderField<'_>> {
        self.headers.iter().flat_map(|(name, headers)| {
            headers.iter().map(move |header| {
                let name = header.key.as_ref().unwrap_or(name);
                (name.as_bytes(), Cow::from(header.value.as_bytes()))
            })
        })
    }
}

/// A header of a [`CloudFrontRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CloudFrontHeader {
    /// The name as it was sent.
    pub key: Option<String>,
    /// The value.
    pub value: String,
}

/// The body of a [`CloudFrontRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CloudFrontBody {
    /// The body, encoded.
    pub data: String,
    /// How `data` is encoded.
    pub encoding: CloudFrontEncoding,
    /// Whether the body was longer than the function may get: 40 KB at a viewer request, 1 MB at an origin
    /// request.
    pub input_truncated: bool,
}

/// How a [`CloudFrontBody`] is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CloudFrontEncoding {
    /// It is base64.
    Base64,
    /// It is text.
    Text,
}
