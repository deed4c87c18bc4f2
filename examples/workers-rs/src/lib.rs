//! A Cloudflare Worker that answers a posted form with its event. README.md shows how to deploy it.

mod event;

use http::{Response, StatusCode};
use worker::{Context, Env, HttpRequest, Result};

#[worker::event(fetch)]
async fn fetch(request: HttpRequest, _env: Env, _context: Context) -> Result<Response<String>> {
    let (parts, body) = request.into_parts();
    let event = event::read(body).await.and_then(|body| event::event(&parts, &body));
    let (status, content_type, text) = match event {
        // Here you would invoke your function, or write to a queue.
        Ok(event) => (StatusCode::OK, "application/json", event),
        Err((status, reason)) => (status, "text/plain", reason),
    };
    Ok(Response::builder().status(status).header("content-type", content_type).body(text)?)
}
