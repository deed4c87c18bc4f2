//! axum: an extractor.

use std::io;
use std::net::TcpListener;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::de::DeserializeOwned;

use crate::form::{self, Problem};
use crate::{Contact, MAX_BYTES};

/// Takes a form, urlencoded or multipart, as a type.
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        // Up to the limit of the route, which is in the parts.
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let body = body.map_err(|error| Problem::new(error.status().as_u16(), error))?;
        form::read(&Request::from_parts(parts, body)).map(Form)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        http::Response::<String>::from(self).into_response()
    }
}

async fn contact(Form(contact): Form<Contact>) -> String {
    contact.thanks()
}

/// Serves the form at `/contact`.
///
/// # Errors
///
/// Fails if the listener does.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let limit = DefaultBodyLimit::max(MAX_BYTES);
    axum::serve(listener, Router::new().route("/contact", post(contact)).layer(limit)).await
}
