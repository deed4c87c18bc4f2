//! `lambda_http`: a function behind API Gateway, a function URL or a load balancer.

use lambda_http::{Error, Request, Response};

use crate::Contact;
use crate::form;

/// Answers a request. If its body was base64 in the event, `lambda_http` has decoded it.
///
/// # Errors
///
/// None: a bad form is a problem in the answer.
#[expect(clippy::unused_async, reason = "one that keeps the form would wait")]
pub async fn contact(request: Request) -> Result<Response<String>, Error> {
    Ok(form::read::<Contact>(&request).map_or_else(Response::from, Response::from))
}
