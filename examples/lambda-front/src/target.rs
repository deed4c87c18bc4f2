//! Reads the settings that name the target of the events.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::RetryConfig;
use url::Url;

use crate::services::{Client, Service, is_word_or_dash};
use crate::settings::{ConfigError, Form, Settings, http, wrong};

/// The receiver of the events, and the time to reach it in.
#[derive(Debug)]
pub struct Target {
    pub service: Service,
    pub client: Client,
    /// A function's name or ARN, a queue's URL, or an ARN.
    pub resource: String,
    pub is_fifo: bool,
    /// If it is empty, each event of a FIFO queue or topic is its own group.
    pub group_id: String,
    pub source: String,
    pub detail_type: String,
    /// For all attempts together.
    pub time_budget: Duration,
    /// For one attempt.
    pub attempt_timeout: Duration,
}

// In ms. A function ends after 15 minutes.
const LONGEST: u64 = 900_000;

impl Target {
    pub fn read(settings: &mut Settings<'_>) -> Result<Option<Self>, ConfigError> {
        let target = settings.formed("TARGET", &TARGET)?;
        let name = settings.formed("LAMBDA_FUNCTION", &FUNCTION)?;
        let group_id = settings.formed("MESSAGE_GROUP_ID", &GROUP)?.to_owned();
        let source = settings.formed("EVENT_SOURCE", &SOURCE)?;
        let detail_type = settings.formed("EVENT_DETAIL_TYPE", &DETAIL_TYPE)?;
        let time_budget = settings.whole("TIME_BUDGET_MS", 10_000, 1..=LONGEST)?;
        let attempt_timeout = settings.whole("ATTEMPT_TIMEOUT_MS", 3_000, 1..=LONGEST)?;
        let general = settings.formed("AWS_ENDPOINT_URL", &ENDPOINT)?;
        // All, so that none is taken for another that is misspelt.
        let mut endpoints = Vec::new();
        for service in Service::ALL {
            endpoints.push((service, settings.formed(service.endpoint(), &ENDPOINT)?));
        }

        if !target.is_empty() && !name.is_empty() {
            let cause = "TARGET and LAMBDA_FUNCTION are both set: set one of them";
            return Err(ConfigError(cause.into()));
        }
        let by = if target.is_empty() { "LAMBDA_FUNCTION" } else { "TARGET" };
        let place = Place::of(target).or_else(|| Place::of_function(name));
        let Some(Place { service, region: own_region, resource, origin, queue }) = place else {
            return Ok(None);
        };
        let region = match own_region {
            Some(region) => region,
            None => settings.required("AWS_REGION", by, &REGION)?.to_owned(),
        };
        let access_key = settings.required("AWS_ACCESS_KEY_ID", by, &KEY)?;
        let secret_key = settings.required("AWS_SECRET_ACCESS_KEY", by, &KEY)?;
        let token = settings.formed("AWS_SESSION_TOKEN", &KEY)?;
        let own = endpoints.iter().find(|(own, _)| *own == service).map(|(_, url)| *url);
        let endpoint =
            [own.unwrap_or_default(), general, &origin].into_iter().find(|it| !it.is_empty());
        let resource = match queue {
            Some(queue) => {
                let base = endpoint.map_or_else(|| origin_of(service, &region), str::to_owned);
                base.trim_end_matches('/').to_owned() + &queue
            }
            None => resource.to_owned(),
        };
        let token = Some(token.to_owned()).filter(|token| !token.is_empty());
        // Those of the function's role. They are good for as long as the environment that has them.
        let credentials = Credentials::new(access_key, secret_key, token, None, "environment");
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // `send` repeats calls.
            .retry_config(RetryConfig::disabled())
            .http_client(
                aws_smithy_http_client::Builder::new()
                    .tls_provider(Provider::Rustls(CryptoMode::Ring))
                    .build_https(),
            );
        config.set_endpoint_url(endpoint.map(str::to_owned));
        let client = Client::new(service, &config.build()).ok_or_else(|| {
            let feature = service.name();
            wrong(
                by,
                &format!(
                    "of a service that the function was built for: it lacks the feature {feature}"
                ),
                None,
            )
        })?;
        Ok(Some(Target {
            service,
            client,
            is_fifo: resource.ends_with(".fifo"),
            resource,
            group_id,
            source: or(source, "formevent"),
            detail_type: or(detail_type, "form"),
            time_budget: Duration::from_millis(time_budget),
            attempt_timeout: Duration::from_millis(attempt_timeout),
        }))
    }

    /// The group and the deduplication id of a message. A standard queue can have groups too:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>
    pub fn fifo(&self, request_id: &str) -> (Option<String>, Option<String>) {
        let id = self.is_fifo.then(|| request_id.to_owned());
        // By default each event is a group of its own, so that none waits for another.
        let group = Some(self.group_id.clone()).filter(|group| !group.is_empty());
        (group.or_else(|| id.clone()), id)
    }
}

fn or(text: &str, default: &str) -> String {
    if text.is_empty() { default } else { text }.to_owned()
}

struct Place<'s> {
    service: Service,
    region: Option<String>,
    resource: &'s str,
    /// The origin of the queue's URL.
    origin: String,
    /// The path of the queue's URL, if an ARN names the queue.
    queue: Option<String>,
}

impl<'s> Place<'s> {
    fn of(target: &'s str) -> Option<Self> {
        Place::of_arn(target).or_else(|| Place::of_url(target))
    }

    fn of_arn(arn: &'s str) -> Option<Self> {
        let mut parts = arn.strip_prefix("arn:aws")?.splitn(5, ':');
        let (partition, service) = (parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let service = Service::ALL.into_iter().find(|it| it.name() == service)?;
        let is_account = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
        let is_right = partition.chars().all(is_word_or_dash)
            && (region.is_empty() || is_region(region))
            && is_account
            && service.has_resource(resource);
        let queue = (service == Service::Sqs).then(|| format!("/{account}/{resource}"));
        let region = Some(region).filter(|region| !region.is_empty()).map(str::to_owned);
        is_right.then(|| Place { service, region, resource: arn, origin: String::new(), queue })
    }

    fn of_url(target: &'s str) -> Option<Self> {
        let url = address(target)?;
        let path = url.path().strip_suffix(".fifo").unwrap_or(url.path());
        let mut names = path.strip_prefix('/')?.split('/');
        if !names.all(|name| !name.is_empty() && name.chars().all(is_word_or_dash)) {
            return None;
        }
        Some(Place {
            service: Service::Sqs,
            region: region_in(url.host_str()?),
            resource: target,
            origin: url.origin().ascii_serialization(),
            queue: None,
        })
    }

    fn of_function(name: &'s str) -> Option<Self> {
        let region = name.strip_prefix("arn:").and_then(|rest| {
            let mut parts = rest.split(':').skip(1);
            (parts.next() == Some("lambda")).then(|| parts.next()).flatten()
        });
        (!name.is_empty()).then(|| Place {
            service: Service::Lambda,
            region: region.map(str::to_owned),
            resource: name,
            origin: String::new(),
            queue: None,
        })
    }
}

/// The region in the host of a queue's URL, as in `sqs.eu-central-1.amazonaws.com`, `sqs-fips.us-east-1.amazonaws.com`
/// and `vpce-1.sqs.us-east-1.vpce.amazonaws.com`.
fn region_in(host: &str) -> Option<String> {
    let mut labels = host.split('.').skip_while(|label| !matches!(*label, "sqs" | "sqs-fips"));
    let region = labels.nth(1).filter(|label| is_region(label))?;
    labels.next().map(|_| region.to_owned())
}

fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn origin_of(service: Service, region: &str) -> String {
    let end = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://{}.{region}.amazonaws.com{end}", service.name())
}

/// An http or https URL without user, query and fragment.
fn address(text: &str) -> Option<Url> {
    let url = http(Url::parse(text))?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    (!has_user && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

const TARGET: Form = Form {
    test: |text| Place::of(text).is_some(),
    allowed: "the ARN of a Lambda function, an SQS queue, an SNS topic, an EventBridge event bus or a Step Functions \
              state machine, or an SQS queue's URL",
    secret: true,
};
const FUNCTION: Form = Form {
    test: |text| text.chars().all(|char| is_word_or_dash(char) || ".:$".contains(char)),
    allowed: "a function's name or ARN",
    secret: false,
};
const REGION: Form =
    Form { test: is_region, allowed: "a region such as eu-central-1", secret: false };
const KEY: Form = Form {
    test: |text| text.chars().all(|char| is_word_or_dash(char) || "+/=.".contains(char)),
    allowed: "made of letters, digits and + / = . _ - only",
    secret: true,
};
const GROUP: Form = Form {
    test: |text| text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_graphic()),
    allowed: "1 to 128 characters of ASCII without spaces",
    secret: false,
};
const SOURCE: Form = Form {
    test: |text| is_line(text, 256) && !text.starts_with("aws."),
    allowed: "at most 256 characters on one line, and not begin with aws.",
    secret: false,
};
const DETAIL_TYPE: Form = Form {
    test: |text| is_line(text, 128),
    allowed: "at most 128 characters on one line",
    secret: false,
};
const ENDPOINT: Form = Form {
    test: |text| address(text).is_some(),
    allowed: "an absolute http or https URL without user, query and fragment",
    secret: true,
};

fn is_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_its_service_and_its_region() {
        let fifo = format!("arn:aws:sqs:eu-central-1:1:{}.fifo", "a".repeat(75));
        for (target, service, region) in [
            ("arn:aws:lambda:eu-central-1:1:function:a:$LATEST", Service::Lambda, "eu-central-1"),
            (&fifo, Service::Sqs, "eu-central-1"),
            ("arn:aws-cn:sns:cn-north-1:1:a.fifo", Service::Sns, "cn-north-1"),
            ("arn:aws:events:eu-west-1:1:event-bus/a.b/c", Service::Events, "eu-west-1"),
            ("arn:aws:states:eu-west-1:1:stateMachine:ä:1", Service::States, "eu-west-1"),
            ("https://sqs.eu-west-1.amazonaws.com/1/a", Service::Sqs, "eu-west-1"),
            ("https://sqs-fips.us-east-1.amazonaws.com/1/a", Service::Sqs, "us-east-1"),
            ("https://vpce-1.sqs.us-east-1.vpce.amazonaws.com/1/a", Service::Sqs, "us-east-1"),
            ("http://localhost:4566/000000000000/a.fifo", Service::Sqs, ""),
        ] {
            let place = Place::of(target).map(|place| (place.service, place.region));
            let region = Some(region.to_owned()).filter(|region| !region.is_empty());
            assert_eq!(place, Some((service, region)), "{target}");
        }
        assert_eq!(
            Place::of_function("arn:aws:lambda:eu-west-1:1:function:a").unwrap().region.unwrap(),
            "eu-west-1"
        );
    }
}
