//! A component for `wasi:http` that answers a posted form with its event. README.md shows how to serve it.

mod event;

use http::{Request, Response, StatusCode};
use wstd::http::{Body, Error};

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let (parts, body) = request.into_parts();
    let body = event::read(body.into_boxed_body()).await;
    let (status, content_type, text) = match body.and_then(|body| event::event(&parts, &body)) {
        // Here you would send the event on.
        Ok(event) => (StatusCode::OK, "application/json", event),
        Err((status, reason)) => (status, "text/plain", reason),
    };
    let response = Response::builder().status(status).header("content-type", content_type);
    Ok(response.body(text.into())?)
}
