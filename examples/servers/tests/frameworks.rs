//! Posts the same forms to each server, over TCP, and to the function as the events of API Gateway.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use form_servers::{MAX_BYTES, actix, axum, hyper, lambda};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=x";

/// A framework's answer to a body with this content type: its status, content type and body.
type Post<'a> = &'a dyn Fn(&str, &[u8]) -> (u16, String, String);

/// A multipart body of parts that are written `name\n\ntext`.
fn multipart(parts: &[&str]) -> String {
    let part = |part: &&str| format!("--x\nContent-Disposition: form-data; name={part}\n");
    let body = parts.iter().map(part).collect::<String>() + "--x--\n";
    body.replace('\n', "\r\n")
}

fn takes_forms(post: Post<'_>) {
    let parts = ["name\n\nAda & 50%", "age\n\n36", "topic\n\ntea", "topic\n\ncake"];
    for (content_type, body) in [
        (URLENCODED, "name=Ada+%26+50%&age=36&topic=tea&topic=cake".to_owned()),
        (
            "Application/X-WWW-Form-URLEncoded; Charset=utf-8",
            "topic=tea&topic=cake&age=36&name=Ada+%26+50%25".to_owned(),
        ),
        (MULTIPART, multipart(&parts)),
        // A file input in which no file was chosen.
        (MULTIPART, multipart(&[&parts[..], &["cv; filename=\"\"\n\n"]].concat())),
    ] {
        let (status, content_type, answer) = post(content_type, body.as_bytes());
        assert_eq!((status, &*answer), (200, "Thank you, Ada & 50% (36): tea, cake\n"), "{body}");
        assert!(content_type.starts_with("text/plain"), "{content_type}");
    }
    // Browsers send every text input, filled in or not.
    for (content_type, body) in [
        (URLENCODED, "name=Ada&age=".to_owned()),
        (MULTIPART, multipart(&["name\n\nAda", "age\n\n"])),
    ] {
        let (_, _, answer) = post(content_type, body.as_bytes());
        assert_eq!(answer, "Thank you, Ada: \n", "{body}");
    }
}

fn answers_with_problems(post: Post<'_>) {
    let too_long = format!("name={}", "a".repeat(MAX_BYTES));
    let too_large = multipart(&[&format!("name\n\n{}", "a".repeat(MAX_BYTES))]);
    let file = multipart(&["name\n\nAda", "cv; filename=a\n\n%PDF"]);
    let wrong = multipart(&["name\n\nAda & 1", "age\n\n300"]);
    let missing = multipart(&["age\n\n36"]);
    let again = multipart(&["name\n\nAda", "name\n\nL."]);
    let at = |body: &str, text| body.find(text).unwrap();
    let wrong_type = "age` at byte offset {} is `300`; it must be an integer from 0 to 255";
    for (content_type, body, status, field, offset, detail) in [
        (URLENCODED, "name=Ada+%26+1&age=300", 400, Some("age"), Some(19), wrong_type),
        (MULTIPART, &wrong, 400, Some("age"), Some(at(&wrong, "300")), wrong_type),
        (URLENCODED, "age=36", 400, Some("name"), None, "field `name` is missing"),
        (MULTIPART, &missing, 400, Some("name"), None, "field `name` is missing"),
        (URLENCODED, "name=Ada&name=L.", 400, Some("name"), Some(9), "comes again"),
        (MULTIPART, &again, 400, Some("name"), again.rfind("Content"), "comes again"),
        (MULTIPART, &file, 415, Some("cv"), file.rfind("Content"), "files are refused"),
        (MULTIPART, "name=Ada", 400, None, Some(0), "no boundary at byte offset {}"),
        ("multipart/form-data", &wrong, 400, None, None, "content type has no boundary"),
        ("text/plain", "name=Ada", 415, None, None, "content type `text/plain` is not"),
        (
            "application/x-www-form-urlencoded; charset=latin1",
            "name=Ada",
            415,
            None,
            None,
            "charset `latin1`",
        ),
        (URLENCODED, &too_long, 413, None, None, ""),
        (MULTIPART, &too_large, 413, None, None, ""),
    ] {
        let (sent, problem_type, answer) = post(content_type, body.as_bytes());
        let case = format!("{content_type}: {body:.99}: {answer}");
        assert_eq!((sent, &*problem_type), (status, "application/problem+json"), "{case}");
        let problem: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(problem["status"], status, "{case}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{case}");
        let detail = detail.replace("{}", &offset.unwrap_or_default().to_string());
        assert!(problem["detail"].as_str().unwrap().contains(&detail), "{case}");
        // Each reader notices at another place that a body is too long.
        if status != 413 {
            let expected = (field.map(Value::from), offset.map(Value::from));
            assert_eq!(
                (problem.get("field"), problem.get("offset")),
                (expected.0.as_ref(), expected.1.as_ref()),
                "{case}"
            );
        }
    }
    let longest = format!("name={}", "a".repeat(MAX_BYTES - 5));
    assert_eq!(post(URLENCODED, longest.as_bytes()).0, 200);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs a server on a free port, and posts forms to it.
fn check<S: Future<Output = io::Result<()>> + 'static>(serve: fn(TcpListener) -> S) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || runtime().block_on(serve(listener)).unwrap());
    let send = |content_type: &str, len: usize, body: &[u8]| {
        let mut stream = TcpStream::connect(address).unwrap();
        // Fail rather than wait for a server that waits, too.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let head = format!(
            "POST /contact HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
             Content-Length: {len}\r\n\r\n"
        );
        // A server may answer a long body, and close, before it has read all.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-type").then(|| value.to_owned())
        };
        let content_type = head.lines().find_map(header).unwrap_or_default();
        (status, content_type, body.to_owned())
    };
    let post = |content_type: &str, body: &[u8]| send(content_type, body.len(), body);
    takes_forms(&post);
    answers_with_problems(&post);
    // It reads no further than the limit, whatever is to come.
    for content_type in [URLENCODED, MULTIPART] {
        assert_eq!(send(content_type, 1 << 30, &vec![b'a'; MAX_BYTES + 1]).0, 413);
    }
}

#[test]
fn axum() {
    check(axum::serve);
}

#[test]
fn actix() {
    check(actix::serve);
}

#[test]
fn hyper() {
    check(hyper::serve);
}

#[test]
fn lambda_http() {
    use lambda_http::lambda_runtime::{Context, LambdaEvent};
    use lambda_http::{Adapter, Service, service_fn};

    let runtime = runtime();
    for is_base64 in [false, true] {
        let post = |content_type: &str, body: &[u8]| {
            let text = str::from_utf8(body).unwrap().to_owned();
            let event = json!({
                "version": "2.0",
                "routeKey": "$default",
                "rawPath": "/contact",
                "rawQueryString": "",
                "headers": { "content-type": content_type, "host": "api.example.com" },
                "requestContext": {
                    "http": { "method": "POST", "path": "/contact", "protocol": "HTTP/1.1" },
                    "stage": "$default",
                },
                "body": if is_base64 { BASE64_STANDARD.encode(body) } else { text },
                "isBase64Encoded": is_base64,
            });
            let event = serde_json::from_value(event).unwrap();
            let mut function = Adapter::from(service_fn(lambda::contact));
            let answer = function.call(LambdaEvent::new(event, Context::default()));
            let answer = serde_json::to_value(runtime.block_on(answer).unwrap()).unwrap();
            let status = answer["statusCode"].as_u64().unwrap().try_into().unwrap();
            let content_type = answer["headers"]["content-type"].as_str().unwrap_or_default();
            (status, content_type.to_owned(), answer["body"].as_str().unwrap().to_owned())
        };
        takes_forms(&post);
        answers_with_problems(&post);
    }
}
