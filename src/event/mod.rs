//! The event: a request, borrowed until it is written in its shape.

#[cfg(feature = "shapes")]
mod holes;
mod write;

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "multipart")]
use crate::multipart::Form;
use crate::name_values::NameValues;
use crate::shape::{Shape, TEMPLATE};
use crate::split::ByteString;
use crate::{Error, Options, json};

/// The JSON event of a posted form, as your function receives it:
/// `{"headers":{…},"querystring":{…},"stage":"…","sourceIp":"…","userAgent":"…"}`, then your
/// [extra](Self::extra) members. With the feature `shapes` it can be any other JSON document.
///
/// `querystring` holds the pairs of the body; the name is the template's. Every string may be text or
/// bytes. Invalid UTF-8 is replaced or refused as [`Options::utf8`] says, and everything is escaped
/// alike.
///
/// An event borrows its strings. Beside the output it allocates only for more than 16 headers or 1 extra
/// member, for [`Duplicates`](crate::Duplicates), and in a shape for `$multiValueHeaders` and repeated
/// keys of the query string.
///
/// With the feature `serde` it implements `Serialize`, with the same JSON and the same errors. The
/// methods here are faster: `Serialize` allocates the JSON and hands it to the serializer value by value.
/// The numbers of a shape go through `u64`, `i64` or `f64`.
///
/// # Examples
///
/// ```
/// use formevent::{Event, Options};
///
/// let event = Event::new("name=Ada+L.&note=")
///     .options(Options::new().decode(true).max_output(1_000_000))
///     .header("Host", "api.example.com")
///     .stage("prod")
///     .source_ip("192.0.2.1")
///     .user_agent("curl/8.5.0");
/// let json = concat!(
///     r#"{"headers":{"Host":"api.example.com"},"querystring":{"name":"Ada L.","note":""},"#,
///     r#""stage":"prod","sourceIp":"192.0.2.1","userAgent":"curl/8.5.0"}"#
/// );
/// assert_eq!(event.to_string()?, json);
/// assert_eq!(event.to_vec()?, json.as_bytes());
/// # Ok::<(), formevent::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "each setter returns the changed event"]
pub struct Event<'a> {
    body: &'a [u8],
    options: Options,
    #[cfg(feature = "shapes")]
    shape: &'a Shape,
    headers: NameValues<'a, 16>,
    stage: &'a [u8],
    source_ip: &'a [u8],
    user_agent: &'a [u8],
    extra: NameValues<'a, 2>,
    #[cfg(feature = "shapes")]
    more: More<'a>,
    #[cfg(feature = "multipart")]
    form: Option<&'a Form<'a>>,
}

/// The rest of the request, which only shapes have a use for.
#[cfg(feature = "shapes")]
#[derive(Clone, Default)]
struct More<'a> {
    method: &'a [u8],
    path: &'a [u8],
    query_string: &'a [u8],
    request_id: &'a [u8],
    time_epoch: u64,
}

/// A header for [`Event::headers`]: a pair of references, or a reference to a pair.
///
/// You need not implement it yourself: items of an `&http::HeaderMap`, of an `&[(String, String)]` and of a
/// `&HashMap<String, String>` all do.
pub trait Header<'a> {
    /// The header's name and its value.
    fn name_value(self) -> (&'a [u8], &'a [u8]);
}

impl<'a, N: AsRef<[u8]> + ?Sized, V: AsRef<[u8]> + ?Sized> Header<'a> for (&'a N, &'a V) {
    fn name_value(self) -> (&'a [u8], &'a [u8]) {
        (self.0.as_ref(), self.1.as_ref())
    }
}

impl<'a, N: AsRef<[u8]>, V: AsRef<[u8]>> Header<'a> for &'a (N, V) {
    fn name_value(self) -> (&'a [u8], &'a [u8]) {
        (self.0.as_ref(), self.1.as_ref())
    }
}

impl<'a> Event<'a> {
    /// An event of `body` alone: no headers, the other members empty, and [`Options::new`].
    #[inline]
    pub fn new(body: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Event {
            body: body.as_ref(),
            options: Options::new(),
            #[cfg(feature = "shapes")]
            shape: &TEMPLATE,
            headers: NameValues::new(),
            stage: b"",
            source_ip: b"",
            user_agent: b"",
            extra: NameValues::new(),
            #[cfg(feature = "shapes")]
            more: More::default(),
            #[cfg(feature = "multipart")]
            form: None,
        }
    }

    /// Sets the form in the place of the body: see [`Form::event`].
    #[cfg(feature = "multipart")]
    pub(crate) fn form(mut self, form: &'a Form<'a>) -> Self {
        self.body = form.body();
        self.form = form.is_multipart().then_some(form);
        self
    }

    /// Sets how to convert the body, and the limits.
    #[inline]
    pub const fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets the shape. A [`Preset`](crate::Preset) has options that go with its shape: set these too.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Event, Options, Preset, Shape};
    ///
    /// let event = Event::new("name=Ada+L.").shape(Preset::Raw.shape());
    /// assert_eq!(event.to_string()?, r#"{"body":"name=Ada+L."}"#);
    ///
    /// let shape: Shape = r#"{"form":"$pairs","from":"$sourceIp"}"#.parse()?;
    /// let event = event.shape(&shape).source_ip("192.0.2.1").options(Options::new().decode(true));
    /// assert_eq!(event.to_string()?, r#"{"form":{"name":"Ada L."},"from":"192.0.2.1"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "shapes")]
    #[inline]
    pub const fn shape(mut self, shape: &'a Shape) -> Self {
        self.shape = shape;
        self
    }

    /// Adds a header. Order, case and repeats stay as you give them.
    #[inline]
    pub fn header(
        mut self,
        name: &'a (impl AsRef<[u8]> + ?Sized),
        value: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Self {
        self.headers.push(name.as_ref(), value.as_ref());
        self
    }

    /// Adds headers: an `&http::HeaderMap`, a slice of pairs, a reference to a map.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Event;
    /// use std::collections::HashMap;
    ///
    /// let mut map = http::HeaderMap::new();
    /// map.insert("host", "api.example.com".parse()?);
    /// let json = Event::new("a=1").headers(&map).to_string()?;
    /// assert!(json.starts_with(r#"{"headers":{"host":"api.example.com"},"#));
    ///
    /// let list = [("Host".to_string(), "api.example.com".to_string())];
    /// let json = Event::new("a=1").headers(&list).to_string()?;
    /// assert!(json.starts_with(r#"{"headers":{"Host":"api.example.com"},"#));
    /// assert_eq!(Event::new("a=1").headers(&HashMap::from(list)).to_string()?, json);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn headers(mut self, headers: impl IntoIterator<Item: Header<'a>>) -> Self {
        for header in headers {
            let (name, value) = header.name_value();
            self.headers.push(name, value);
        }
        self
    }

    /// Sets the stage of your API, such as `prod`.
    #[inline]
    pub fn stage(mut self, stage: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.stage = stage.as_ref();
        self
    }

    /// Sets the address that the request came from, the member `sourceIp`.
    #[inline]
    pub fn source_ip(mut self, source_ip: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.source_ip = source_ip.as_ref();
        self
    }

    /// Sets the sender's user agent, the member `userAgent`.
    #[inline]
    pub fn user_agent(mut self, user_agent: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.user_agent = user_agent.as_ref();
        self
    }

    /// Sets the method of the request, such as `POST`, for shapes with `$method`.
    #[cfg(feature = "shapes")]
    #[inline]
    pub fn method(mut self, method: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.more.method = method.as_ref();
        self
    }

    /// Sets the path of the request, such as `/contact`, for shapes with `$path`.
    #[cfg(feature = "shapes")]
    #[inline]
    pub fn path(mut self, path: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.more.path = path.as_ref();
        self
    }

    /// Sets the query string of the request, without the `?`, for shapes with `$queryString`,
    /// `$queryStringParameters` or `$multiValueQueryStringParameters`.
    #[cfg(feature = "shapes")]
    #[inline]
    pub fn query_string(mut self, query_string: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.more.query_string = query_string.as_ref();
        self
    }

    /// Sets the id of the request, for shapes with `$requestId`.
    #[cfg(feature = "shapes")]
    #[inline]
    pub fn request_id(mut self, request_id: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.more.request_id = request_id.as_ref();
        self
    }

    /// Sets the time of the request in milliseconds since 1970-01-01T00:00:00Z, for shapes with `$time`
    /// or `$timeEpoch`. Default: 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Event, Shape};
    ///
    /// let shape: Shape = r#"["$time","$timeEpoch"]"#.parse()?;
    /// let event = Event::new("").shape(&shape).time_epoch(1_583_348_638_390);
    /// assert_eq!(event.to_string()?, r#"["2020-03-04T19:03:58.390Z",1583348638390]"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "shapes")]
    #[inline]
    pub const fn time_epoch(mut self, milliseconds: u64) -> Self {
        self.more.time_epoch = milliseconds;
        self
    }

    /// Adds a member, such as the id of your tenant. It goes into the hole `$extra.NAME` of the shape, or
    /// if there is none, to the end of the outermost object. Writing the event fails with
    /// [`Error::MemberExists`] if that object or another extra member has its name, and with
    /// [`Error::MemberUnplaced`] if the shape is not an object. Each name is compared with those of the shape,
    /// which are few.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Event};
    ///
    /// let event = Event::new("").extra("requestId", "42");
    /// assert!(event.to_string()?.ends_with(r#","userAgent":"","requestId":"42"}"#));
    ///
    /// assert_eq!(
    ///     event.extra("stage", "dev").to_string(),
    ///     Err(Error::MemberExists { name: "stage".to_string() })
    /// );
    /// # Ok::<(), formevent::Error>(())
    /// ```
    #[inline]
    pub fn extra(
        mut self,
        name: &'a (impl AsRef<[u8]> + ?Sized),
        value: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Self {
        self.extra.push(name.as_ref(), value.as_ref());
        self
    }

    /// Writes the event as compact JSON. Allocates the `String`.
    ///
    /// # Errors
    ///
    /// Fails if an extra member does not fit the shape or is missing, a limit is exceeded, an input is not UTF-8
    /// and [`Options::utf8`] is strict, or memory runs out. See [`Error`].
    ///
    /// # Examples
    ///
    /// ```
    /// let json = formevent::Event::new("a=\x01").to_string()?;
    /// assert!(json.contains(r#""querystring":{"a":"\u0001"}"#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn to_string(&self) -> Result<String, Error> {
        json::to_string(|out| self.append_to_vec(out))
    }

    /// Writes the event as [`to_string`](Self::to_string) does, to bytes. Allocates the `Vec`.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string).
    pub fn to_vec(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.append_to_vec(&mut out)?;
        Ok(out)
    }

    /// Writes the event as [`to_string`](Self::to_string) does, to `writer` in one call. Allocates the
    /// JSON first, so an error of the event writes nothing.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string), with the [`Error`] inside an [`io::Error`] of the kind
    /// `InvalidData` or `OutOfMemory`; or the writer's own error.
    ///
    /// [`io::Error`]: std::io::Error
    #[cfg(feature = "std")]
    pub fn to_writer(&self, mut writer: impl std::io::Write) -> std::io::Result<()> {
        writer.write_all(&self.to_vec()?)
    }

    /// Writes the event as [`to_string`](Self::to_string) does and appends it to `out`. Clear and reuse
    /// a buffer to save allocations.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string). An error leaves `out` as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut out = Vec::new();
    /// formevent::Event::new("a=1").append_to_vec(&mut out)?;
    /// assert!(out.starts_with(br#"{"headers":{},"querystring":{"a":"1"},"#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn append_to_vec(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.options.limits.output, |out| self.write(out))
    }

    /// Appends the event up to its object of pairs, if you write that object with a
    /// [`Transcoder`](crate::Transcoder). Ignores the body.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::NotStreamable`] if the shape is not streamable (`Shape::is_streamable`), and as
    /// [`to_string`](Self::to_string); [`Options::max_output`] applies to this part alone. An error
    /// leaves `out` as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Event, Options, Transcoder};
    ///
    /// let event = Event::new("").header("Host", "api.example.com").stage("prod");
    /// let mut transcoder = Transcoder::new(Options::new());
    /// let mut json = Vec::new();
    /// event.append_before_pairs(&mut json)?;
    /// for chunk in ["name=A", "da"] {
    ///     json.extend_from_slice(transcoder.push(chunk)?);
    /// }
    /// json.extend_from_slice(transcoder.finish()?);
    /// event.append_after_pairs(&mut json)?;
    ///
    /// let whole = Event::new("name=Ada").header("Host", "api.example.com").stage("prod");
    /// assert_eq!(json, whole.to_vec()?);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn append_before_pairs(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.options.limits.output, |out| self.write_before_pairs(out))
    }

    /// Appends the event after its object of pairs. See
    /// [`append_before_pairs`](Self::append_before_pairs).
    ///
    /// # Errors
    ///
    /// As [`append_before_pairs`](Self::append_before_pairs).
    pub fn append_after_pairs(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.options.limits.output, |out| self.write_after_pairs(out))
    }
}

#[cfg(feature = "multipart")]
impl Form<'_> {
    /// An event of the form alone, as [`Event::new`] makes one of a body. The values are always decoded, whatever
    /// [`Options::decode`] says. Holes such as `$body` have the multipart body as it was sent, and
    /// [`Options::max_bytes`] is about that body; `$dropped` has the files. Offsets in errors are those in
    /// [`as_urlencoded`](Self::as_urlencoded): see [`part_at`](Self::part_at).
    pub fn event(&self) -> Event<'_> {
        Event::new("").form(self)
    }
}

impl Event<'_> {
    /// The shape. Without the feature it is known to the compiler, which makes less code of it.
    #[cfg_attr(not(feature = "shapes"), expect(clippy::unused_self))]
    fn document(&self) -> &Shape {
        #[cfg(feature = "shapes")]
        return self.shape;
        #[cfg(not(feature = "shapes"))]
        return &TEMPLATE;
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut event = f.debug_struct("Event");
        event
            .field("body", &ByteString(self.body))
            .field("options", &self.options)
            .field("shape", self.document())
            .field("headers", &self.headers)
            .field("stage", &ByteString(self.stage))
            .field("source_ip", &ByteString(self.source_ip))
            .field("user_agent", &ByteString(self.user_agent))
            .field("extra", &self.extra);
        #[cfg(feature = "shapes")]
        event
            .field("method", &ByteString(self.more.method))
            .field("path", &ByteString(self.more.path))
            .field("query_string", &ByteString(self.more.query_string))
            .field("request_id", &ByteString(self.more.request_id))
            .field("time_epoch", &self.more.time_epoch);
        event.finish()
    }
}
