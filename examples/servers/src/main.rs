//! Runs one of the examples, such as `form-servers axum`.

use std::env;
use std::net::TcpListener;

use form_servers::{actix, axum, hyper, lambda};
use lambda_http::{Error, service_fn};

const ADDRESS: &str = "127.0.0.1:8080";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // On Lambda, and under cargo-lambda.
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return lambda_http::run(service_fn(lambda::contact)).await;
    }
    let listener = || {
        eprintln!("post the form to http://{ADDRESS}/contact");
        TcpListener::bind(ADDRESS)
    };
    match env::args().nth(1).as_deref() {
        Some("axum") => axum::serve(listener()?).await?,
        Some("actix") => actix::serve(listener()?).await?,
        Some("hyper") => hyper::serve(listener()?).await?,
        _ => return Err("give one of axum, actix and hyper".into()),
    }
    Ok(())
}
