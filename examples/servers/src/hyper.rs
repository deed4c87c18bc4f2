//! hyper: a service.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::form::{self, Problem};
use crate::{Contact, MAX_BYTES};

async fn contact(request: Request<Incoming>) -> Result<Response<String>, Problem> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_BYTES).collect().await.map_err(|error| {
        Problem::new(if error.is::<LengthLimitError>() { 413 } else { 400 }, error)
    })?;
    form::read::<Contact>(&Request::from_parts(parts, body.to_bytes())).map(Response::from)
}

async fn handle(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let answer = match (request.method(), request.uri().path()) {
        (&Method::POST, "/contact") => contact(request).await,
        _ => Err(Problem::new(404, "there is nothing but POST /contact")),
    };
    Ok(answer.unwrap_or_else(Response::from))
}

/// Serves the form at `/contact`.
///
/// # Errors
///
/// Fails if the listener does.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async {
            let mut server = http1::Builder::new();
            let server = server.timer(TokioTimer::new());
            if let Err(error) =
                server.serve_connection(TokioIo::new(stream), service_fn(handle)).await
            {
                eprintln!("connection: {error}");
            }
        });
    }
}
