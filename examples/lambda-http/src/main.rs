//! A typical function for API Gateway, written with `lambda_http` and without formevent. It expects the
//! events of the shapes `proxy-v1` and `proxy-v2`. README.md shows how to run it.

use std::io::{self, Write};

use lambda_http::http::{StatusCode, header::CONTENT_TYPE};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
use serde::Serialize;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    run(service_fn(handle)).await
}

/// A posted form. `handle` prints it.
#[derive(Debug, PartialEq, Serialize)]
struct Posted {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    from: Option<String>,
    fields: Vec<(String, String)>,
}

/// Prints the form as a line of JSON.
async fn handle(request: Request) -> Result<Response<Body>, Error> {
    let Some(posted) = read(&request) else {
        let refusal = Response::builder().status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        return Ok(refusal.body("the content type is not that of a form".into())?);
    };
    writeln!(io::stdout(), "{}", serde_json::to_string(&posted)?)?;
    Ok(Response::builder().status(StatusCode::ACCEPTED).body(Body::Empty)?)
}

fn read(request: &Request) -> Option<Posted> {
    let content_type = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    if !content_type.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let query = request.query_string_parameters();
    Some(Posted {
        method: request.method().to_string(),
        path: request.raw_http_path().to_owned(),
        query: query.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        from: match request.request_context() {
            RequestContext::ApiGatewayV1(context) => context.identity.source_ip,
            RequestContext::ApiGatewayV2(context) => context.http.source_ip,
            _ => None,
        },
        fields: form_urlencoded::parse(request.body().as_ref()).into_owned().collect(),
    })
}

#[cfg(test)]
mod tests {
    use formevent::{Event, Preset};
    use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyRequest;
    use lambda_http::request::from_str;
    use serde_json::from_str as from_json;

    use super::*;

    /// The request that `lambda_http` reads from the event.
    fn received(preset: Preset, body: &[u8]) -> Request {
        let event = event(preset, body);
        from_str(&event).unwrap_or_else(|error| panic!("{preset}: {error}: {event}"))
    }

    fn event(preset: Preset, body: &[u8]) -> String {
        Event::new(body)
            .options(preset.options())
            .shape(preset.shape())
            .header("Host", "api.example.com")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("X-Topic", "engines")
            .header("x-topic", "looms")
            .stage("prod")
            .source_ip("192.0.2.1")
            .user_agent("curl/8.5.0")
            .method("POST")
            .path("/contact")
            .query_string("lang=en&from=front+page&lang=fr")
            .request_id("00000000-0000-4000-8000-000000000000")
            .time_epoch(1_583_348_638_390)
            .to_string()
            .unwrap()
    }

    #[test]
    fn lambda_http_reads_the_request() {
        let body = b"name=Ada+L.&topic=a&topic=b&quote=%22&%E5%90%8D=%E3%81%82";
        for preset in [Preset::ProxyV1, Preset::ProxyV2] {
            let request = received(preset, body);
            assert_eq!(request.body().as_ref(), body, "{preset}");
            let pairs = |pairs: &[(&str, &str)]| {
                pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
            };
            let mut posted = read(&request).unwrap();
            posted.query.sort();
            let expected = Posted {
                method: "POST".to_owned(),
                path: "/contact".to_owned(),
                query: pairs(&[("from", "front page"), ("lang", "en"), ("lang", "fr")]),
                from: Some("192.0.2.1".to_owned()),
                fields: pairs(&[
                    ("name", "Ada L."),
                    ("topic", "a"),
                    ("topic", "b"),
                    ("quote", "\""),
                    ("名", "あ"),
                ]),
            };
            assert_eq!(posted, expected, "{preset}");
            let context = match request.request_context() {
                RequestContext::ApiGatewayV1(it) => {
                    (it.stage, it.request_id, it.request_time_epoch)
                }
                RequestContext::ApiGatewayV2(it) => (it.stage, it.request_id, it.time_epoch),
                other => panic!("{preset}: {other:?}"),
            };
            let id = "00000000-0000-4000-8000-000000000000";
            let expected = (Some("prod".to_owned()), Some(id.to_owned()), 1_583_348_638_390);
            assert_eq!(context, expected, "{preset}");
            assert_eq!(request.headers()["host"], "api.example.com");
        }
    }

    #[test]
    fn repeated_headers_arrive() {
        // Of payload format 1.0 `lambda_http` itself keeps only the last one, also in API Gateway's own events.
        let event: ApiGatewayProxyRequest = from_json(&event(Preset::ProxyV1, b"")).unwrap();
        let topics = event.multi_value_headers.get_all("x-topic").iter();
        assert!(topics.eq(["engines", "looms"]));
        assert_eq!(received(Preset::ProxyV2, b"").headers()["x-topic"], "engines,looms");
    }

    #[test]
    fn bytes_that_are_not_utf8_arrive_in_base64() {
        let body: Vec<u8> = (0..=255).collect();
        assert_eq!(received(Preset::ProxyV2, &body).body().as_ref(), body);
    }
}
