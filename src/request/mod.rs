//! A request that holds a form, from wherever it arrives.

mod error;
mod http;
mod media_type;

use core::fmt;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::Event;
#[cfg(feature = "multipart")]
use crate::multipart::{self, Files, Form, Limits, Multipart};
use crate::split::ByteString;

pub use error::RequestError;
#[cfg(feature = "aws")]
pub(crate) use http::fields;

/// A request that holds a form: the body's bytes, and the other members of its [`Event`].
///
/// Make it from an [`http::Request`](::http::Request) with `try_from`, or from its [parts](Self::new). With
/// the feature `aws`, `try_from` also takes the events of API Gateway, function URLs, load balancers and
/// Lambda@Edge. It fails if the body is not a form that can become an event: see [`RequestError`].
///
/// It borrows what it can. It allocates the list of headers, a body that was base64, and strings that the
/// event has only in parts.
///
/// # Examples
///
/// ```
/// use formevent::Request;
///
/// let posted = http::Request::post("/contact?from=home")
///     .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
///     .header("user-agent", "curl/8.5.0")
///     .body("name=Ada+L.")?;
/// let request = Request::try_from(&posted)?;
/// let json = request.event()?.source_ip("192.0.2.1").to_string()?;
/// assert!(json.contains(r#""querystring":{"name":"Ada+L."}"#));
/// assert!(json.ends_with(r#""sourceIp":"192.0.2.1","userAgent":"curl/8.5.0"}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Request<'a> {
    pub(crate) body: Cow<'a, [u8]>,
    /// If it is neither UTF-8 nor US-ASCII.
    pub(crate) charset: Option<String>,
    #[cfg(feature = "multipart")]
    pub(crate) is_multipart: bool,
    pub(crate) headers: Vec<HeaderField<'a>>,
    pub(crate) stage: &'a str,
    pub(crate) source_ip: Cow<'a, str>,
    /// If it is not the header's.
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query_string: Cow<'a, str>,
    pub(crate) id: &'a str,
    pub(crate) time_epoch: u64,
}

pub(crate) type HeaderField<'a> = (&'a [u8], Cow<'a, [u8]>);

impl<'a> Request<'a> {
    /// A request of its headers and its body, whose other members are empty. Fails unless the headers say
    /// that the body is a form.
    pub(crate) fn of(
        headers: Vec<HeaderField<'a>>,
        body: impl FnOnce() -> Result<Cow<'a, [u8]>, RequestError>,
    ) -> Result<Self, RequestError> {
        let content_type =
            find(&headers, "content-type").ok_or(RequestError::ContentTypeMissing)?;
        let media_type = media_type::parse(content_type)?;
        if let Some(coding) = find(&headers, "content-encoding")
            && !coding.eq_ignore_ascii_case(b"identity")
        {
            return Err(RequestError::ContentCoding { sent: text(coding) });
        }
        Ok(Request {
            body: body()?,
            #[cfg(feature = "multipart")]
            is_multipart: matches!(media_type, media_type::Form::Multipart),
            charset: match media_type {
                media_type::Form::Urlencoded { charset } => charset,
                #[cfg(feature = "multipart")]
                media_type::Form::Multipart => None,
            },
            headers,
            stage: "",
            source_ip: "".into(),
            user_agent: None,
            method: "",
            path: "",
            query_string: "".into(),
            id: "",
            time_epoch: 0,
        })
    }

    /// The body's bytes, decoded if they were base64, and otherwise as they were sent.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The `charset` of the content type, as it was sent, if it is neither UTF-8 nor US-ASCII.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Request, RequestError};
    ///
    /// let posted = http::Request::post("/")
    ///     .header("content-type", "application/x-www-form-urlencoded; charset=ISO-8859-1")
    ///     .body("name=Andr%E9")?;
    /// let request = Request::try_from(&posted)?;
    /// assert_eq!(request.charset(), Some("ISO-8859-1"));
    /// assert_eq!(
    ///     request.event().unwrap_err().to_string(),
    ///     "charset `ISO-8859-1` is neither UTF-8 nor US-ASCII"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    /// Rewrites the body in UTF-8, with [`to_utf8`](crate::encoding::to_utf8), if it is in another encoding:
    /// that of its field `_charset_` or of the content type's `charset`. The field, and the headers
    /// `Content-Type` and `Content-Length` if they are there, then describe the new body. Allocates as
    /// `to_utf8` does, and those headers.
    ///
    /// # Errors
    ///
    /// Fails if the charset is unknown: see [`encoding_of`](crate::encoding::encoding_of).
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Options, Request};
    ///
    /// let posted = http::Request::post("/")
    ///     .header("content-type", "application/x-www-form-urlencoded; charset=ISO-8859-1")
    ///     .body("name=Andr%E9")?;
    /// let request = Request::try_from(&posted)?.into_utf8()?;
    /// let json = request.event()?.options(Options::new().decode(true)).to_string()?;
    /// assert!(json.contains(r#""querystring":{"name":"André"}"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "encoding")]
    pub fn into_utf8(mut self) -> Result<Self, crate::encoding::UnknownCharset> {
        #[cfg(feature = "multipart")]
        if self.is_multipart {
            return Ok(self);
        }
        let encoding = crate::encoding::encoding_of(&*self.body, self.charset())?;
        self.body = match self.body {
            Cow::Borrowed(body) => crate::encoding::to_utf8(body, encoding),
            Cow::Owned(body) => match crate::encoding::to_utf8(&body, encoding) {
                Cow::Owned(new) => new.into(),
                Cow::Borrowed(_) => body.into(),
            },
        };
        let named = self.charset.take().is_some();
        for (name, value) in &mut self.headers {
            if named && name.eq_ignore_ascii_case(b"content-type") {
                *value = b"application/x-www-form-urlencoded; charset=UTF-8".into();
            } else if name.eq_ignore_ascii_case(b"content-length") {
                *value = self.body.len().to_string().into_bytes().into();
            }
        }
        Ok(self)
    }

    /// Reads the form by its content type, `multipart/form-data` or urlencoded; its event is
    /// [`event_of`](Self::event_of). `limits` and `files` are for the former, which allocates its fields of text.
    ///
    /// # Errors
    ///
    /// Fails if a multipart form is malformed or exceeds a limit: see [`Form::new`] and [`multipart::boundary`].
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::multipart::{Files, Limits};
    /// use formevent::{Options, Request};
    ///
    /// let posted = http::Request::post("/")
    ///     .header("content-type", "multipart/form-data; boundary=x")
    ///     .body("--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAda L.\r\n--x--\r\n")?;
    /// let request = Request::try_from(&posted)?;
    /// let form = request.form(Limits::new().max_parts(100), Files::Refuse)?;
    /// let json = request.event_of(&form)?.options(Options::new().decode(true)).to_string()?;
    /// assert!(json.contains(r#""querystring":{"name":"Ada L."}"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "multipart")]
    pub fn form(&self, limits: Limits, files: Files) -> Result<Form<'_>, multipart::Error> {
        if !self.is_multipart {
            return Ok(Form::from_urlencoded(&self.body));
        }
        let boundary =
            multipart::boundary(find(&self.headers, "content-type").unwrap_or_default())?;
        Form::new(Multipart::new(&*self.body, boundary)?.limits(limits), files)
    }

    /// The event of the request and its form, as [`event`](Self::event) makes it.
    ///
    /// # Errors
    ///
    /// Fails with [`RequestError::Charset`] as [`event`](Self::event) does.
    #[cfg(feature = "multipart")]
    pub fn event_of<'e>(&'e self, form: &'e Form<'_>) -> Result<Event<'e>, RequestError> {
        Ok(self.members()?.form(form))
    }

    /// The event of the request, with each member that the request has. Set the others, the options and
    /// the shape. Allocates only if there are more than 16 headers.
    ///
    /// # Errors
    ///
    /// Fails with [`RequestError::Charset`] if the request names a charset other than UTF-8 and US-ASCII.
    #[cfg_attr(
        feature = "encoding",
        doc = "Call [`into_utf8`](Self::into_utf8) first to decode it."
    )]
    #[cfg_attr(not(feature = "encoding"), doc = "With the feature `encoding` you can decode it.")]
    #[cfg_attr(
        feature = "multipart",
        doc = "Fails with [`RequestError::Multipart`] if the body is `multipart/form-data`."
    )]
    pub fn event(&self) -> Result<Event<'_>, RequestError> {
        #[cfg(feature = "multipart")]
        if self.is_multipart {
            return Err(RequestError::Multipart);
        }
        self.members()
    }

    fn members(&self) -> Result<Event<'_>, RequestError> {
        if let Some(sent) = &self.charset {
            return Err(RequestError::Charset { sent: sent.clone() });
        }
        let user_agent = self.user_agent.map(str::as_bytes);
        Ok(Event::new(&*self.body)
            .headers(&self.headers)
            .stage(self.stage)
            .source_ip(&*self.source_ip)
            .user_agent(
                user_agent.or_else(|| find(&self.headers, "user-agent")).unwrap_or_default(),
            )
            .method(self.method)
            .path(self.path)
            .query_string(&*self.query_string)
            .request_id(self.id)
            .time_epoch(self.time_epoch))
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("body", &ByteString(&self.body))
            .field("charset", &self.charset)
            .finish_non_exhaustive()
    }
}

/// The value of the first header with a name.
pub(crate) fn find<'h>(headers: &'h [HeaderField<'_>], name: &str) -> Option<&'h [u8]> {
    let header = headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))?;
    Some(&header.1)
}

/// A header's value for a message.
pub(crate) fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).to_string()
}
