//! A contact form and its problems.

use formevent::ReceivedEvent;
use serde::Serialize;

// The limits are in characters.
const MAX_NAME: usize = 200;
/// The longest address that mail servers accept: RFC 5321, section 4.5.3.1.3, without the brackets.
const MAX_EMAIL: usize = 254;
const MAX_MESSAGE: usize = 10_000;
const MAX_TOPIC: usize = 100;

/// A form as the store keeps it: everything the sender filled in, and its problems.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contact {
    pub(crate) request_id: String,
    name: String,
    email: String,
    message: String,
    topics: Vec<String>,
    problems: Vec<String>,
}

impl Contact {
    /// Reads the form in `event`. Pass `decode` if its values are still percent-encoded.
    pub(crate) fn new(request_id: &str, event: &ReceivedEvent, decode: bool) -> Contact {
        let text = |value: &str| {
            if decode { formevent::decode(value.as_bytes()).into_owned() } else { value.to_owned() }
        };
        let mut problems = Vec::new();
        let mut one = |field, max| {
            let mut values = event.get_all(field);
            let value = text(values.next().unwrap_or_default());
            if value.trim().is_empty() {
                problems.push(format!("{field} is blank"));
            }
            check_length(field, &value, max, &mut problems);
            for value in values.map(text) {
                problems.push(format!("{field} occurs again, as {value:?}"));
            }
            value
        };
        let name = one("name", MAX_NAME);
        let email = one("email", MAX_EMAIL);
        let message = one("message", MAX_MESSAGE);
        if !email.trim().is_empty() && !is_address(&email) {
            problems.push("email does not look like `somebody@somewhere`".to_owned());
        }
        let topics: Vec<String> = event.get_all("topic").map(text).collect();
        for topic in &topics {
            check_length("topic", topic, MAX_TOPIC, &mut problems);
        }
        Contact { request_id: request_id.to_owned(), name, email, message, topics, problems }
    }
}

fn check_length(field: &str, value: &str, max: usize, problems: &mut Vec<String>) {
    let length = value.chars().count();
    if length > max {
        problems.push(format!("{field} has {length} characters; at most {max} are allowed"));
    }
}

/// Checks for one `@` with text on both sides. Only a mail can tell whether mail arrives.
fn is_address(email: &str) -> bool {
    let sides: Vec<&str> = email.split('@').map(str::trim).collect();
    matches!(sides[..], [user, host] if !user.is_empty() && !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(body: &str) -> Contact {
        let json = formevent::Event::new(body.as_bytes()).to_string().unwrap();
        Contact::new("42", &serde_json::from_str(&json).unwrap(), true)
    }

    #[test]
    fn decodes_a_form() {
        let contact = contact("name=Ada+L.&email=ada%40b.c&message=%E6%97%A5%0A&topic=x&topic=%2B");
        assert_eq!(
            serde_json::to_string(&contact).unwrap(),
            r#"{"requestId":"42","name":"Ada L.","email":"ada@b.c","message":"日\n","topics":["x","+"],"problems":[]}"#
        );
    }

    #[test]
    fn decodes_once() {
        let json = r#"{"querystring":{"name":"C++ %41","email":"a@b","message":"m"}}"#;
        let event = serde_json::from_str(json).unwrap();
        assert_eq!(Contact::new("42", &event, false).name, "C++ %41");
        assert_eq!(Contact::new("42", &event, true).name, "C   A");
    }

    #[test]
    fn takes_grouped_values() {
        let json = r#"{"querystring":{"topic":["x","y"],"topic":"z"}}"#;
        let event = serde_json::from_str(json).unwrap();
        assert_eq!(Contact::new("42", &event, true).topics, ["x", "y", "z"]);
    }

    #[test]
    fn names_the_problems() {
        assert_eq!(
            contact("name=+%E3%80%80&email=&email=a").problems,
            ["name is blank", "email is blank", "email occurs again, as \"a\"", "message is blank",]
        );
        for (email, good) in
            [("a@b", true), ("a", false), ("@b", false), ("a@+", false), ("a@b@c", false)]
        {
            let problems = contact(&format!("name=n&email={email}&message=m")).problems;
            assert_eq!(problems.is_empty(), good, "{email}: {problems:?}");
        }
    }

    #[test]
    fn counts_characters() {
        let form = |length| {
            let name = "日".repeat(length);
            contact(&format!("name={name}&email=a@b&message=m&topic={}", "t".repeat(101)))
        };
        let topic = "topic has 101 characters; at most 100 are allowed";
        assert_eq!(form(200).problems, [topic]);
        let long = form(201);
        assert_eq!(long.problems, ["name has 201 characters; at most 200 are allowed", topic]);
        assert_eq!(long.name.chars().count(), 201, "a long value is kept whole");
    }
}
