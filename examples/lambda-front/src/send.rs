//! Sends an event to the target: repeats the call until the target accepts the event or the time is up.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::log;
use crate::services::{Failure, call};
use crate::target::Target;

// See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter").
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// Returns the event as the target takes it: SQS refuses U+FFFE and U+FFFF, which become escape sequences. JSON has
/// escape sequences for its other characters that XML does not allow: <https://www.w3.org/TR/REC-xml/#charsets>
pub fn outgoing<'e>(target: &Target, event: &'e str) -> Cow<'e, str> {
    if !target.service.is_text() || !event.contains(['\u{FFFE}', '\u{FFFF}']) {
        return event.into();
    }
    event.replace('\u{FFFE}', "\\ufffe").replace('\u{FFFF}', "\\uffff").into()
}

/// Sends the event. If an answer gets lost, the target may already have accepted the event, which is then sent a second
/// time with the same `request_id`. The SDK does not repeat the call: its statuses and its limits are others than the
/// worker's, and it logs nothing.
pub async fn send(target: &Target, event: &str, request_id: &str) -> Result<(), Failure> {
    let end = Instant::now() + target.time_budget;
    let mut attempt = 1;
    loop {
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let most = target.attempt_timeout.min(left);
        let late =
            |_| Err(Failure::unavailable(format!("no answer within {} ms", most.as_millis())));
        let failure =
            match timeout(most, call(target, event, request_id)).await.unwrap_or_else(late) {
                Ok(()) => return Ok(()),
                Err(Failure::Repeated(cause)) => {
                    log::warn(
                        "the target already has the event",
                        json!({ "requestId": request_id, "cause": cause }),
                    );
                    return Ok(());
                }
                Err(failure) => failure,
            };
        let Failure::Unavailable { cause, retry_after } = &failure else { return Err(failure) };
        let longest = FIRST_BACKOFF.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_BACKOFF);
        let pause = longest.mul_f64(fastrand::f64()).max(Duration::from_secs(*retry_after));
        let again = Instant::now().checked_add(pause).is_some_and(|then| then < end);
        let facts =
            json!({ "requestId": request_id, "attempt": attempt, "cause": cause, "again": again });
        log::warn("the target did not accept the event", facts);
        if !again {
            return Err(failure);
        }
        sleep(pause).await;
        attempt += 1;
    }
}
