//! actix-web: an extractor.

use std::io;
use std::net::TcpListener;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, HttpServer, ResponseError};
use serde::de::DeserializeOwned;

use crate::form::{self, PROBLEM, Problem};
use crate::{Contact, MAX_BYTES};

/// Takes a form, urlencoded or multipart, as a type.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // actix-web has the headers of http 0.2.
        let mut posted = http::Request::builder();
        for (name, value) in request.headers() {
            posted = posted.header(name.as_str(), value.as_bytes());
        }
        // Up to the limit of `PayloadConfig`.
        let body = Bytes::from_request(request, payload);
        Box::pin(async {
            let refused = |error: actix_web::Error| {
                Problem::new(error.as_response_error().status_code().as_u16(), error)
            };
            let posted = posted.body(body.await.map_err(refused)?);
            form::read(&posted.map_err(|error| Problem::new(400, error))?).map(Form)
        })
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).content_type(PROBLEM).body(self.to_json())
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
    let app = || {
        App::new()
            .app_data(PayloadConfig::new(MAX_BYTES))
            .route("/contact", web::post().to(contact))
    };
    HttpServer::new(app).workers(1).listen(listener)?.run().await
}
