//! The event: what the mapping template made of a request, borrowed until it is written.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use crate::decode::{lossy, owned};
use crate::json::Writer;
use crate::members::{Member, Members};
use crate::pairs::Readable;
use crate::{Dropped, Error, Options, Part, json, object};

/// The members that every event has, in the order they are written.
pub(crate) const HEADERS: &str = "headers";
pub(crate) const QUERYSTRING: &str = "querystring";
pub(crate) const STAGE: &str = "stage";
pub(crate) const SOURCE_IP: &str = "sourceIp";
pub(crate) const USER_AGENT: &str = "userAgent";
pub(crate) const MEMBERS: [&str; 5] = [HEADERS, QUERYSTRING, STAGE, SOURCE_IP, USER_AGENT];

/// The JSON event of a posted form, as the function behind it receives it:
/// `{"headers":{…},"querystring":{…},"stage":"…","sourceIp":"…","userAgent":"…"}`, then the
/// [extra](Self::extra) members.
///
/// The pairs of the body stand in `querystring`: the template calls it so. Every string may be
/// given as text or as bytes; bytes that are not UTF-8 are repaired, or refused, as
/// [`Options::strict_utf8`] says, and all are escaped alike. The strings stay where they are; a list
/// allocates where there are more than 16 headers or 2 extra members.
///
/// With the feature `serde` it implements `Serialize`, which gives the same bytes through
/// `serde_json`, and the same errors. The direct way is faster, and leaves nothing behind on an
/// error, which a serializer that has begun to write cannot; with
/// [`Options::max_output`] `Serialize` writes the JSON once more to measure it.
///
/// # Examples
///
/// ```
/// use formevent::Event;
///
/// let event = Event::new(b"name=Ada&note=")
///     .header("Host", "api.example.com")
///     .stage("prod")
///     .source_ip("192.0.2.1")
///     .user_agent("curl/8.5.0");
/// assert_eq!(
///     event.to_json()?,
///     concat!(
///         r#"{"headers":{"Host":"api.example.com"},"querystring":{"name":"Ada","note":""},"#,
///         r#""stage":"prod","sourceIp":"192.0.2.1","userAgent":"curl/8.5.0"}"#
///     )
/// );
/// # Ok::<(), formevent::Error>(())
/// ```
#[derive(Clone)]
pub struct Event<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) options: Options,
    pub(crate) headers: Members<'a, 16>,
    stage: &'a [u8],
    source_ip: &'a [u8],
    user_agent: &'a [u8],
    extra: Members<'a, 2>,
}

impl<'a> Event<'a> {
    /// The event of `body` with nothing else in it: no headers, the other members empty, and
    /// [`Options::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(
    ///     formevent::Event::new(b"").to_json()?,
    ///     r#"{"headers":{},"querystring":{},"stage":"","sourceIp":"","userAgent":""}"#
    /// );
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn new(body: &'a [u8]) -> Self {
        Event {
            body,
            options: Options::new(),
            headers: Members::new(),
            stage: b"",
            source_ip: b"",
            user_agent: b"",
            extra: Members::new(),
        }
    }

    /// How the body becomes the object of pairs, and the limits.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Event, Options};
    ///
    /// let event = Event::new(b"q=a%26b").options(Options::new().decode(true).max_output(1_000_000));
    /// assert!(event.to_json()?.contains(r#""querystring":{"q":"a&b"}"#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub const fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// One more header. Order, case and repeats stay as given.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = formevent::Event::new(b"").header("Via", "a").header("via", "b");
    /// assert!(event.to_json()?.starts_with(r#"{"headers":{"Via":"a","via":"b"},"#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn header(
        mut self,
        name: &'a (impl AsRef<[u8]> + ?Sized),
        value: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Self {
        self.headers.push(name.as_ref(), value.as_ref());
        self
    }

    /// More headers, such as a whole `http::HeaderMap`.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Event;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("host", "api.example.com".parse()?);
    /// let json = Event::new(b"a=1").headers(&headers).to_json()?;
    /// assert!(json.starts_with(r#"{"headers":{"host":"api.example.com"},"#));
    ///
    /// let pairs = [("Host".to_string(), "api.example.com".to_string())];
    /// let json = Event::new(b"a=1").headers(pairs.iter().map(|(name, value)| (name, value))).to_json()?;
    /// assert!(json.starts_with(r#"{"headers":{"Host":"api.example.com"},"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn headers<N, V>(mut self, headers: impl IntoIterator<Item = (&'a N, &'a V)>) -> Self
    where
        N: AsRef<[u8]> + ?Sized + 'a,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        for (name, value) in headers {
            self.headers.push(name.as_ref(), value.as_ref());
        }
        self
    }

    /// The stage of the API, such as `prod`.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = formevent::Event::new(b"").stage("prod");
    /// assert!(event.to_json()?.contains(r#","stage":"prod","#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn stage(mut self, stage: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.stage = stage.as_ref();
        self
    }

    /// The address that the request came from, written as `sourceIp`.
    ///
    /// # Examples
    ///
    /// ```
    /// let address = std::net::Ipv4Addr::LOCALHOST.to_string();
    /// let event = formevent::Event::new(b"").source_ip(&address);
    /// assert!(event.to_json()?.contains(r#","sourceIp":"127.0.0.1","#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn source_ip(mut self, source_ip: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.source_ip = source_ip.as_ref();
        self
    }

    /// The sender's user agent, written as `userAgent`.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = formevent::Event::new(b"").user_agent("curl/8.5.0");
    /// assert!(event.to_json()?.ends_with(r#","userAgent":"curl/8.5.0"}"#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn user_agent(mut self, user_agent: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.user_agent = user_agent.as_ref();
        self
    }

    /// One more member after `userAgent`, such as a request id. A name that the event already has
    /// is [an error](Error::MemberExists) when it is written; each is compared with all before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Event};
    ///
    /// let event = Event::new(b"").extra("requestId", "42");
    /// assert!(event.to_json()?.ends_with(r#","userAgent":"","requestId":"42"}"#));
    ///
    /// assert_eq!(
    ///     event.extra("stage", "dev").to_json(),
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

    /// The event as compact JSON. Allocates the `String`.
    ///
    /// # Errors
    ///
    /// An extra member's name is taken, a limit is passed, or strict UTF-8 is violated: see
    /// [`Error`].
    ///
    /// # Examples
    ///
    /// ```
    /// let json = formevent::Event::new(b"a=\x01").to_json()?;
    /// assert!(json.contains(r#""querystring":{"a":"\u0001"}"#));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn to_json(&self) -> Result<String, Error> {
        let mut out = Vec::new();
        self.write_json(&mut out)?;
        Ok(json::into_string(out))
    }

    /// Appends what [`to_json`](Self::to_json) returns to `out`. A buffer that is cleared and used
    /// again is not allocated again.
    ///
    /// # Errors
    ///
    /// As [`to_json`](Self::to_json); `out` then holds what it held before.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Event;
    ///
    /// let mut out = Vec::new();
    /// for body in [&b"a=1"[..], b"b=2"] {
    ///     out.clear();
    ///     Event::new(body).write_json(&mut out)?;
    ///     assert!(out.starts_with(br#"{"headers":{},"querystring":{""#));
    /// }
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn write_json(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.options.max_output, |out| {
            self.before_pairs(out)?;
            object::write(out, self.body, &self.options)?;
            self.after_pairs(out)
        })
    }

    /// Appends the event up to its object of pairs, for a caller who writes that object with a
    /// [`Stream`](crate::Stream). The body is not read.
    ///
    /// # Errors
    ///
    /// As [`to_json`](Self::to_json), with [`Options::max_output`] for this part alone; `out` then
    /// holds what it held before.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Event, Options, Stream};
    ///
    /// let event = Event::new(b"").header("Host", "api.example.com").stage("prod");
    /// let mut stream = Stream::new(Options::new());
    /// let mut json = Vec::new();
    /// event.write_before_pairs(&mut json)?;
    /// for chunk in [&b"name=A"[..], b"da"] {
    ///     json.extend_from_slice(stream.push(chunk)?);
    /// }
    /// json.extend_from_slice(stream.finish()?);
    /// event.write_after_pairs(&mut json)?;
    ///
    /// let whole = Event::new(b"name=Ada").header("Host", "api.example.com").stage("prod");
    /// assert_eq!(json, whole.to_json()?.as_bytes());
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn write_before_pairs(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.options.max_output, |out| self.before_pairs(out))
    }

    /// Appends the rest of the event after its object of pairs: see
    /// [`write_before_pairs`](Self::write_before_pairs).
    ///
    /// # Errors
    ///
    /// As [`write_before_pairs`](Self::write_before_pairs).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut json = Vec::new();
    /// formevent::Event::new(b"").stage("prod").write_after_pairs(&mut json)?;
    /// assert_eq!(json, br#","stage":"prod","sourceIp":"","userAgent":""}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn write_after_pairs(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.options.max_output, |out| self.after_pairs(out))
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    fn before_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
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

    /// What the body [drops](Options::dropped), in order. Does not allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = formevent::Event::new(b"a=1&b");
    /// assert_eq!(event.dropped().next().unwrap().text, b"b");
    /// ```
    pub fn dropped(&self) -> impl Iterator<Item = Dropped<'a>> + use<'a> {
        self.options.dropped(self.body)
    }

    /// The members of `headers`.
    pub(crate) fn header_members(&self) -> impl Iterator<Item = Result<Member<'a>, Error>> {
        let members = self.headers.iter().enumerate().map(|(index, (name, value))| {
            self.check(name, Part::HeaderName { index })?;
            self.check(value, Part::HeaderValue { index })?;
            Ok((name, value))
        });
        // One that is missing is an error when the event is written.
        members.chain(self.headers.complete().and_then(|()| self.extra.complete()).err().map(Err))
    }

    /// The members after `querystring`.
    pub(crate) fn tail_members(&self) -> impl Iterator<Item = Result<Member<'a>, Error>> {
        let own = [
            (STAGE, self.stage, Part::Stage),
            (SOURCE_IP, self.source_ip, Part::SourceIp),
            (USER_AGENT, self.user_agent, Part::UserAgent),
        ];
        let own = own.into_iter().map(|(name, value, part)| {
            self.check(value, part)?;
            Ok((name.as_bytes(), value))
        });
        let extra = self.extra.iter().enumerate();
        own.chain(extra.map(|(index, member)| self.extra_member(index, member)))
    }

    fn extra_member(&self, index: usize, member: Member<'a>) -> Result<Member<'a>, Error> {
        let (name, value) = member;
        self.check(name, Part::ExtraName { index })?;
        let text = lossy(name)?;
        let mut exists = MEMBERS.contains(&&*text);
        for (earlier, _) in self.extra.iter().take(index) {
            exists |= lossy(earlier)? == text;
        }
        if exists {
            return Err(Error::MemberExists { name: owned(text)? });
        }
        self.check(value, Part::ExtraValue { index })?;
        Ok(member)
    }

    /// Whether `raw`, which unlike the body is never decoded, is as strict as is asked for.
    fn check(&self, raw: &[u8], part: Part) -> Result<(), Error> {
        if self.options.decoding.strict
            && let Err(error) = core::str::from_utf8(raw)
        {
            return Err(Error::InvalidUtf8 { part, offset: error.valid_up_to() });
        }
        Ok(())
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("body", &Readable(self.body))
            .field("options", &self.options)
            .field("headers", &readable(&self.headers))
            .field("stage", &Readable(self.stage))
            .field("source_ip", &Readable(self.source_ip))
            .field("user_agent", &Readable(self.user_agent))
            .field("extra", &readable(&self.extra))
            .finish()
    }
}

fn readable<'a, const N: usize>(members: &Members<'a, N>) -> Vec<(Readable<'a>, Readable<'a>)> {
    members.iter().map(|(name, value)| (Readable(name), Readable(value))).collect()
}
