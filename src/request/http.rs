//! Forms in the requests of the crate `http`.

use alloc::borrow::Cow;

use ::http::HeaderMap;
use ::http::request::Parts;

use super::{HeaderField, Request, RequestError};

impl<'a> Request<'a> {
    /// A request of the parts of an [`http::Request`](::http::Request) and its body. It has the headers, the
    /// user agent, the method, the path and the query string.
    ///
    /// # Errors
    ///
    /// Fails if the content type is missing or another than a form's, or if the body has a content coding. See
    /// [`RequestError`].
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Preset, Request};
    ///
    /// let (parts, body) = http::Request::post("https://api.example.com/contact?from=home")
    ///     .header("content-type", "application/x-www-form-urlencoded")
    ///     .body(b"name=Ada".to_vec())?
    ///     .into_parts();
    /// let request = Request::new(&parts, &body)?;
    /// let json = request.event()?.shape(Preset::ProxyV2.shape()).to_string()?;
    /// assert!(json.contains(r#""rawPath":"/contact","rawQueryString":"from=home""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        parts: &'a Parts,
        body: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Result<Self, RequestError> {
        from_http(&parts.headers, &parts.method, &parts.uri, body.as_ref())
    }
}

impl<'a, B: AsRef<[u8]>> TryFrom<&'a ::http::Request<B>> for Request<'a> {
    type Error = RequestError;

    /// As [`Request::new`]. The request of `lambda_http` is one of these.
    fn try_from(request: &'a ::http::Request<B>) -> Result<Self, RequestError> {
        from_http(request.headers(), request.method(), request.uri(), request.body().as_ref())
    }
}

fn from_http<'a>(
    headers: &'a HeaderMap,
    method: &'a ::http::Method,
    uri: &'a ::http::Uri,
    body: &'a [u8],
) -> Result<Request<'a>, RequestError> {
    Ok(Request {
        method: method.as_str(),
        path: uri.path(),
        query_string: uri.query().unwrap_or_default().into(),
        ..Request::of(fields(headers).collect(), || Ok(body.into()))?
    })
}

/// The headers in the map's order.
pub(crate) fn fields(headers: &HeaderMap) -> impl Iterator<Item = HeaderField<'_>> {
    headers.iter().map(|(name, value)| (name.as_str().as_bytes(), Cow::from(value.as_bytes())))
}
