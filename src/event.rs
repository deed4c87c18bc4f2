//! The event: what the mapping template made of a request, borrowed until it is written.

use core::fmt;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::buffer::push;
use crate::json::{self, Writer};
use crate::keys::sort_texts;
use crate::name_values::{NameValue, NameValues};
use crate::split::ByteString;
use crate::utf8::{lossy, owned};
use crate::{Error, Input, Options, object};

/// The members that every event has, in the order they are written.
pub(crate) const HEADERS: &str = "headers";
pub(crate) const QUERYSTRING: &str = "querystring";
pub(crate) const STAGE: &str = "stage";
pub(crate) const SOURCE_IP: &str = "sourceIp";
pub(crate) const USER_AGENT: &str = "userAgent";
pub(crate) const MEMBERS: [&str; 5] = [HEADERS, QUERYSTRING, STAGE, SOURCE_IP, USER_AGENT];

/// The JSON event of a posted form, as your function receives it:
/// `{"headers":{…},"querystring":{…},"stage":"…","sourceIp":"…","userAgent":"…"}`, then your
/// [extra](Self::extra) members.
///
/// `querystring` holds the pairs of the body; the name is the template's. Every string may be text or
/// bytes. Invalid UTF-8 is replaced or refused as [`Options::utf8`] says, and everything is escaped
/// alike.
///
/// An event borrows its strings. It allocates only for more than 16 headers or 1 extra member.
///
/// With the feature `serde` it implements `Serialize`, with the same JSON and the same errors. The
/// methods here are faster, and an error leaves no partial output, which a serializer cannot undo.
/// With [`Options::max_output`] `Serialize` writes the JSON twice, once to measure it.
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
    pub(crate) body: &'a [u8],
    pub(crate) options: Options,
    pub(crate) headers: NameValues<'a, 16>,
    stage: &'a [u8],
    source_ip: &'a [u8],
    user_agent: &'a [u8],
    extra: NameValues<'a, 2>,
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
    pub fn new(body: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Event {
            body: body.as_ref(),
            options: Options::new(),
            headers: NameValues::new(),
            stage: b"",
            source_ip: b"",
            user_agent: b"",
            extra: NameValues::new(),
        }
    }

    /// Sets how to convert the body, and the limits.
    pub const fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Adds a header. Order, case and repeats stay as you give them.
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
    pub fn headers(mut self, headers: impl IntoIterator<Item: Header<'a>>) -> Self {
        for header in headers {
            let (name, value) = header.name_value();
            self.headers.push(name, value);
        }
        self
    }

    /// Sets the stage of your API, such as `prod`.
    pub fn stage(mut self, stage: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.stage = stage.as_ref();
        self
    }

    /// Sets the address that the request came from, the member `sourceIp`.
    pub fn source_ip(mut self, source_ip: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.source_ip = source_ip.as_ref();
        self
    }

    /// Sets the sender's user agent, the member `userAgent`.
    pub fn user_agent(mut self, user_agent: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.user_agent = user_agent.as_ref();
        self
    }

    /// Adds a member after `userAgent`, such as a request id. If its name is another member's, writing
    /// the event fails with [`Error::MemberExists`].
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
    /// Fails if an extra member's name is taken, a limit is exceeded, an input is not UTF-8 and
    /// [`Options::utf8`] is strict, or memory runs out. See [`Error`].
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
        json::append(out, self.options.limits.output, |out| {
            self.before_pairs(out)?;
            object::write(out, self.body, &self.options)?;
            self.after_pairs(out)
        })
    }

    /// Appends the event up to its object of pairs, if you write that object with a
    /// [`Transcoder`](crate::Transcoder). Ignores the body.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string); [`Options::max_output`] applies to this part alone. An error
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
        json::append(out, self.options.limits.output, |out| self.before_pairs(out))
    }

    /// Appends the event after its object of pairs. See
    /// [`append_before_pairs`](Self::append_before_pairs).
    ///
    /// # Errors
    ///
    /// As [`append_before_pairs`](Self::append_before_pairs).
    pub fn append_after_pairs(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.options.limits.output, |out| self.after_pairs(out))
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    fn before_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        self.check_names()?;
        out.raw(b"{\"headers\":{")?;
        let mut separator: &[u8] = b"";
        for header in self.header_members() {
            let (name, value) = header?;
            out.raw(separator)?;
            out.member(name, value)?;
            separator = b",";
        }
        out.raw(b"},\"querystring\":")
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    fn after_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        for member in self.tail_members() {
            let (name, value) = member?;
            out.raw(b",")?;
            out.member(name, value)?;
        }
        out.raw(b"}")
    }

    /// The members of `headers`.
    pub(crate) fn header_members(&self) -> impl Iterator<Item = Result<NameValue<'a>, Error>> {
        let decoding = self.options.decoding;
        self.headers.iter().enumerate().map(move |(index, (name, value))| {
            decoding.check(name, Input::HeaderName { index })?;
            decoding.check(value, Input::HeaderValue { index })?;
            Ok((name, value))
        })
    }

    /// The members after `querystring`.
    pub(crate) fn tail_members(&self) -> impl Iterator<Item = Result<NameValue<'a>, Error>> {
        let decoding = self.options.decoding;
        let own = [
            (STAGE, self.stage, Input::Stage),
            (SOURCE_IP, self.source_ip, Input::SourceIp),
            (USER_AGENT, self.user_agent, Input::UserAgent),
        ];
        let own = own.into_iter().map(move |(name, value, input)| {
            decoding.check(value, input)?;
            Ok((name.as_bytes(), value))
        });
        own.chain(self.extra.iter().enumerate().map(move |(index, (name, value))| {
            decoding.check(name, Input::ExtraName { index })?;
            decoding.check(value, Input::ExtraValue { index })?;
            Ok((name, value))
        }))
    }

    /// Fails if an extra member has the name of another member, or if memory ran out for one.
    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(crate) fn check_names(&self) -> Result<(), Error> {
        self.headers.check()?;
        self.extra.check()?;
        let mut extra = self.extra.iter().map(|(name, _)| lossy(name.into()));
        let (single, sorted);
        let names = if self.extra.len() < 2 {
            single = extra.next().transpose()?.map(|name| (name, 0));
            single.as_slice()
        } else {
            let mut names: Vec<(Cow<'_, str>, usize)> = Vec::new();
            names.try_reserve_exact(self.extra.len())?;
            for (index, name) in extra.enumerate() {
                push(&mut names, (name?, index))?;
            }
            sorted = sort_texts(names);
            &sorted
        };
        let mut taken: Option<&(Cow<'_, str>, usize)> = None;
        let mut previous = None;
        for name in names {
            let exists = MEMBERS.contains(&&*name.0) || previous == Some(&name.0);
            if exists && taken.is_none_or(|taken| name.1 < taken.1) {
                taken = Some(name);
            }
            previous = Some(&name.0);
        }
        match taken {
            Some((name, _)) => Err(Error::MemberExists { name: owned(name.as_ref().into())? }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("body", &ByteString(self.body))
            .field("options", &self.options)
            .field("headers", &self.headers)
            .field("stage", &ByteString(self.stage))
            .field("source_ip", &ByteString(self.source_ip))
            .field("user_agent", &ByteString(self.user_agent))
            .field("extra", &self.extra)
            .finish()
    }
}
