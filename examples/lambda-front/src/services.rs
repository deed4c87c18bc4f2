//! The AWS services that an event can go to: how to call each, and how to read its answer.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;

use crate::target::Target;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Service {
    Lambda,
    Sqs,
    Sns,
    Events,
    States,
}

impl Service {
    pub const ALL: [Service; 5] =
        [Service::Lambda, Service::Sqs, Service::Sns, Service::Events, Service::States];

    /// The name in ARNs and in the hosts of endpoints, and of the cargo feature.
    pub fn name(self) -> &'static str {
        match self {
            Service::Lambda => "lambda",
            Service::Sqs => "sqs",
            Service::Sns => "sns",
            Service::Events => "events",
            Service::States => "states",
        }
    }

    /// The setting of its endpoint: <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>
    pub fn endpoint(self) -> &'static str {
        match self {
            Service::Lambda => "AWS_ENDPOINT_URL_LAMBDA",
            Service::Sqs => "AWS_ENDPOINT_URL_SQS",
            Service::Sns => "AWS_ENDPOINT_URL_SNS",
            Service::Events => "AWS_ENDPOINT_URL_EVENTBRIDGE",
            Service::States => "AWS_ENDPOINT_URL_SFN",
        }
    }

    /// The size of an event in bytes: the default limit, and the most that a setting may allow. The envelope of the
    /// call and its escape sequences do not count.
    pub fn size(self) -> (u64, u64) {
        match self {
            // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
            Service::Lambda => (1_000_000, 1_000_000),
            Service::Sqs => (1_048_576, 1_048_576),
            // MaximumMessageSize of a topic raises it: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
            Service::Sns => (262_144, 1_048_576),
            // Less than 1 MB with the source and the detail type, which have up to 1,536 bytes each:
            // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
            Service::Events => (998_000, 998_000),
            Service::States => (262_144, 262_144),
        }
    }

    /// Takes only text of the characters that XML allows.
    pub fn is_text(self) -> bool {
        self != Service::Lambda
    }

    /// Takes only JSON objects.
    pub fn is_object(self) -> bool {
        self == Service::Events
    }

    /// Whether ARNs of the service can end with this resource.
    pub fn has_resource(self, resource: &str) -> bool {
        let is_word = |text: &str| !text.is_empty() && text.chars().all(is_word_or_dash);
        let is_named = |most| {
            let name = resource.strip_suffix(".fifo").unwrap_or(resource);
            is_word(name) && resource.len() <= most
        };
        match self {
            Service::Lambda => resource.strip_prefix("function:").is_some_and(|name| {
                let (name, alias) = name.split_once(':').unwrap_or((name, "live"));
                is_word(name) && is_word(&alias.replace('$', "_"))
            }),
            Service::Sqs => is_named(80),
            // An ARN with one more part is a subscription's.
            Service::Sns => is_named(256),
            Service::Events => resource
                .strip_prefix("event-bus/")
                .is_some_and(|name| is_word(&name.replace(['.', '/'], "_"))),
            Service::States => resource.strip_prefix("stateMachine:").is_some_and(|name| {
                let (name, alias) = name.split_once(':').unwrap_or((name, "live"));
                let is_name = |char: char| !char.is_whitespace() && char != '/';
                !name.is_empty() && name.chars().all(is_name) && is_word(alias)
            }),
        }
    }
}

/// Whether the character is an ASCII letter, a digit, `_` or `-`.
pub fn is_word_or_dash(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '-')
}

/// The client of the service that the target is in.
#[derive(Debug)]
pub enum Client {
    #[cfg(feature = "lambda")]
    Lambda(aws_sdk_lambda::Client),
    #[cfg(feature = "sqs")]
    Sqs(aws_sdk_sqs::Client),
    #[cfg(feature = "sns")]
    Sns(aws_sdk_sns::Client),
    #[cfg(feature = "events")]
    Events(aws_sdk_eventbridge::Client),
    #[cfg(feature = "states")]
    States(aws_sdk_sfn::Client),
}

impl Client {
    /// Returns `None` if the function was built without the service's feature.
    pub fn new(service: Service, config: &SdkConfig) -> Option<Self> {
        Some(match service {
            #[cfg(feature = "lambda")]
            Service::Lambda => Client::Lambda(aws_sdk_lambda::Client::new(config)),
            #[cfg(feature = "sqs")]
            Service::Sqs => Client::Sqs(aws_sdk_sqs::Client::new(config)),
            #[cfg(feature = "sns")]
            Service::Sns => Client::Sns(aws_sdk_sns::Client::new(config)),
            #[cfg(feature = "events")]
            Service::Events => Client::Events(aws_sdk_eventbridge::Client::new(config)),
            #[cfg(feature = "states")]
            Service::States => Client::States(aws_sdk_sfn::Client::new(config)),
            #[allow(unreachable_patterns, reason = "with all features")]
            _ => return None,
        })
    }
}

/// Why the target has not accepted an event.
#[derive(Debug, PartialEq)]
pub enum Failure {
    /// It may accept the event later.
    Unavailable {
        cause: String,
        /// In seconds.
        retry_after: u64,
    },
    /// It would refuse the event again.
    Refused(String),
    /// It has had the event before.
    Repeated(String),
}

impl Failure {
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Failure::Unavailable { cause: cause.into(), retry_after: 0 }
    }

    pub fn cause(&self) -> &str {
        match self {
            Failure::Unavailable { cause, .. }
            | Failure::Refused(cause)
            | Failure::Repeated(cause) => cause,
        }
    }

    /// The failure that an answer's code means.
    fn of_code(code: &str, cause: String) -> Self {
        if is_temporary(code) { Failure::unavailable(cause) } else { Failure::Refused(cause) }
    }
}

/// Sends the event once.
pub async fn call(target: &Target, event: &str, request_id: &str) -> Result<(), Failure> {
    let has_result = match &target.client {
        #[cfg(feature = "lambda")]
        Client::Lambda(client) => {
            // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
            let call = client.invoke().function_name(&target.resource);
            let call = call.invocation_type(aws_sdk_lambda::types::InvocationType::Event);
            let status = call.payload(event.as_bytes().into()).send().await?.status_code();
            if status != 202 {
                return Err(Failure::Refused(format!("status {status}")));
            }
            true
        }
        #[cfg(feature = "sqs")]
        Client::Sqs(client) => {
            // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
            let (group, id) = target.fifo(request_id);
            let call = client.send_message().queue_url(&target.resource).message_body(event);
            let call = call.set_message_group_id(group).set_message_deduplication_id(id);
            call.send().await?.message_id().is_some()
        }
        #[cfg(feature = "sns")]
        Client::Sns(client) => {
            // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
            let (group, id) = target.fifo(request_id);
            let call = client.publish().topic_arn(&target.resource).message(event);
            let call = call.set_message_group_id(group).set_message_deduplication_id(id);
            call.send().await?.message_id().is_some()
        }
        #[cfg(feature = "events")]
        Client::Events(client) => {
            // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
            let entry = aws_sdk_eventbridge::types::PutEventsRequestEntry::builder()
                .event_bus_name(&target.resource)
                .source(&target.source)
                .detail_type(&target.detail_type)
                .detail(event)
                .build();
            let answer = client.put_events().entries(entry).send().await?;
            let entry = answer.entries().first();
            if let Some(code) = entry.and_then(|entry| entry.error_code()) {
                return Err(Failure::of_code(code, word(code)));
            }
            entry.is_some_and(|entry| entry.event_id().is_some())
        }
        #[cfg(feature = "states")]
        Client::States(client) => {
            // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
            let call = client.start_execution().state_machine_arn(&target.resource);
            let answer = call.name(request_id).input(event).send().await;
            // The execution of this name has ended: names are unique for 90 days. While it runs, there is no error.
            if let Err(error) = &answer
                && let Some(error) = error.as_service_error()
                && error.is_execution_already_exists()
            {
                return Err(Failure::Repeated(word(error.code().unwrap_or_default())));
            }
            !answer?.execution_arn().is_empty()
        }
    };
    if has_result { Ok(()) } else { Err(Failure::unavailable(NO_RESULT)) }
}

const NO_RESULT: &str = "the answer has no result for the event";

// Too slow, a function that is idle or being updated, gone for now, throttled. Other statuses below 500 are permanent.
const TEMPORARY: [u16; 4] = [408, 409, 410, 429];

/// Whether the error is one that passes. Most services throttle with status 400, and name entries that failed through
/// no fault of the caller: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
fn is_temporary(code: &str) -> bool {
    const PARTS: [&str; 6] = [
        "Throttl",
        "TooManyRequests",
        "LimitExceeded",
        "SlowDown",
        "RequestTimeout",
        "ServiceUnavailable",
    ];
    code.starts_with("Internal") || PARTS.iter().any(|part| code.contains(part))
}

/// AWS's name for an error, without a namespace, up to the first character that such a name cannot have:
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization>
fn word(code: &str) -> String {
    let code = match code.split_once('#') {
        Some((namespace, name)) if !namespace.contains(':') => name,
        _ => code,
    };
    let is_word = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.');
    code.chars().take_while(is_word).take(100).collect()
}

// The rest of an answer is not logged: after a wrong signature, it repeats the headers.
impl<E: ProvideErrorMetadata> From<SdkError<E, HttpResponse>> for Failure {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let Some(answer) = error.raw_response() else {
            return match error {
                SdkError::ConstructionFailure(_) => {
                    Failure::Refused("the call cannot be made".into())
                }
                _ => Failure::unavailable("the connection failed"),
            };
        };
        let status = answer.status().as_u16();
        if (200..300).contains(&status) {
            return Failure::unavailable(NO_RESULT);
        }
        // The SDK finds no code if the body is not of its service.
        let code = answer.headers().get("x-amzn-errortype").or(error.code()).unwrap_or_default();
        let code = word(code);
        let cause = format!("status {status} {code}").trim_end().to_owned();
        let retry_after = answer.headers().get("retry-after").and_then(|it| it.parse().ok());
        let retry_after = retry_after.unwrap_or_default();
        if status >= 500 || TEMPORARY.contains(&status) || is_temporary(&code) {
            Failure::Unavailable { cause, retry_after }
        } else {
            Failure::Refused(cause)
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    #[test]
    fn temporary_failures_are_told_from_others() {
        let unavailable =
            |cause: &str, retry_after| Failure::Unavailable { cause: cause.into(), retry_after };
        let refused = |cause: &str| Failure::Refused(cause.into());
        for (status, code, retry_after, expected) in [
            (
                429,
                "TooManyRequestsException",
                "7",
                unavailable("status 429 TooManyRequestsException", 7),
            ),
            (
                409,
                "ResourceConflictException",
                "soon",
                unavailable("status 409 ResourceConflictException", 0),
            ),
            (503, "", "", unavailable("status 503", 0)),
            (400, "ThrottlingException", "", unavailable("status 400 ThrottlingException", 0)),
            (400, "InternalFailure", "", unavailable("status 400 InternalFailure", 0)),
            (400, "NotInternal", "", refused("status 400 NotInternal")),
            (404, "ResourceNotFoundException", "", refused("status 404 ResourceNotFoundException")),
            (403, "Denied: a\nb", "", refused("status 403 Denied")),
            (400, "com.amazonaws.sqs#Gone:http://a#b", "", refused("status 400 Gone")),
            (200, "", "", unavailable(NO_RESULT, 0)),
        ] {
            let mut answer =
                HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
            answer.headers_mut().insert("retry-after", retry_after);
            let error = ErrorMetadata::builder().code(code).build();
            assert_eq!(Failure::from(SdkError::service_error(error, answer)), expected);
        }
    }
}
