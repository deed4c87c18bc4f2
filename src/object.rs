//! The object of pairs: written by the fast path, or by the slow path if the fast path falls back.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::buffer::abort_on_oom;
use crate::json::{self, Writer};
use crate::keys::{KeyIndex, are_distinct};
use crate::limits::Progress;
use crate::split::Dropped;
use crate::utf8::Invalid;
use crate::{Duplicates, Error, Options, fast};

impl Options {
    /// Converts `body` to a JSON object, `{"key":"value",…}` in the order of the body. The JSON is
    /// compact ([RFC 8259]) and escaped as `serde_json` does. Allocates the `String`, at first with the
    /// capacity for 1.25 times the body and 1.6 KB.
    ///
    /// With [`Duplicates::Keep`], the default, a repeated key is written again, and most JSON readers
    /// keep only its last value.
    ///
    /// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
    ///
    /// # Errors
    ///
    /// Fails if a limit is exceeded, if the body is not UTF-8 and [`utf8`](Self::utf8) is strict, or if
    /// memory runs out. See [`Error`].
    ///
    /// # Examples
    ///
    /// ```
    /// let options = formevent::Options::new().decode(true).max_bytes(1_000);
    /// assert_eq!(options.to_string("name=Ada+L.&note=")?, r#"{"name":"Ada L.","note":""}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn to_string<B: AsRef<[u8]> + ?Sized>(&self, body: &B) -> Result<String, Error> {
        json::to_string(|out| self.append(body.as_ref(), out))
    }

    /// Converts `body` as [`to_string`](Self::to_string) does, to bytes. Allocates the `Vec`.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string).
    pub fn to_vec<B: AsRef<[u8]> + ?Sized>(&self, body: &B) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.append(body.as_ref(), &mut out)?;
        Ok(out)
    }

    /// Converts `body` as [`to_string`](Self::to_string) does and writes the JSON to `writer` in one
    /// call. Allocates the JSON first, so a refused body writes nothing.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string), with the [`Error`] inside an [`io::Error`] of the kind
    /// `InvalidData` or `OutOfMemory`; or the writer's own error.
    ///
    /// [`io::Error`]: std::io::Error
    #[cfg(feature = "std")]
    pub fn to_writer<W: std::io::Write, B: AsRef<[u8]> + ?Sized>(
        &self,
        mut writer: W,
        body: &B,
    ) -> std::io::Result<()> {
        writer.write_all(&self.to_vec(body)?)
    }

    /// Converts `body` as [`to_string`](Self::to_string) does and appends the JSON to `out`. Clear and
    /// reuse a buffer to save allocations.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string). An error leaves `out` as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::Options;
    ///
    /// let mut out = b"data: ".to_vec();
    /// Options::new().append_to_vec("a=1", &mut out)?;
    /// assert_eq!(out, br#"data: {"a":"1"}"#);
    ///
    /// assert!(Options::new().max_bytes(2).append_to_vec("a=1", &mut out).is_err());
    /// assert_eq!(out, br#"data: {"a":"1"}"#);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn append_to_vec<B: AsRef<[u8]> + ?Sized>(
        &self,
        body: &B,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.append(body.as_ref(), out)
    }

    // Not generic, so it is compiled once, in this crate.
    fn append(&self, body: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        json::append(out, self.limits.output, |out| write(out, body, self))
    }

    /// Iterates over the dropped segments of `body`, in order. Does not allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Options, Rules};
    ///
    /// let offsets = Options::new().dropped("a=1&b&c=d=e").map(|dropped| dropped.offset);
    /// assert!(offsets.eq([4, 6]));
    /// assert_eq!(Options::new().rules(Rules::Whatwg).dropped("a=1&b&c=d=e").count(), 0);
    /// ```
    pub fn dropped<'a, B: AsRef<[u8]> + ?Sized>(
        &self,
        body: &'a B,
    ) -> impl Iterator<Item = Dropped<'a>> + use<'a, B> {
        self.rules.segments(body).filter_map(Result::err)
    }

    /// Finds the keys of `body` that come more than once, in the order of their first pairs. With
    /// [`Duplicates::Keep`] these are the keys of which most JSON readers lose all values but the last.
    ///
    /// Costs one pass over the keys and up to 16 bytes a segment if none repeats; else as much as a mode
    /// of [`Duplicates`] that sorts. Allocates the decoded keys, too.
    ///
    /// # Errors
    ///
    /// As [`to_string`](Self::to_string), but `max_output` does not apply.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = formevent::Options::new().decode(true);
    /// let repeated = options.repeated_keys("topic=a&x=1&top%69c=b")?;
    /// assert_eq!(repeated.len(), 1);
    /// assert_eq!((&*repeated[0].key, repeated[0].offset, repeated[0].count), ("topic", 0, 2));
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn repeated_keys<'a, B: AsRef<[u8]> + ?Sized>(
        &self,
        body: &'a B,
    ) -> Result<Vec<RepeatedKey<'a>>, Error> {
        self.find_repeated(body.as_ref())
    }

    fn find_repeated<'a>(&self, body: &'a [u8]) -> Result<Vec<RepeatedKey<'a>>, Error> {
        self.check_len(body.len())?;
        let mut repeated = Vec::new();
        // The index finds every error.
        let is_strict = self.decoding.invalid == Invalid::Refused;
        if is_strict || !are_distinct(body, self) {
            let index = KeyIndex::new(body, self)?;
            for pairs in index.groups() {
                if let [first, _, ..] = pairs {
                    repeated.try_reserve(1)?;
                    repeated.push(RepeatedKey {
                        key: index.key(first.offset)?,
                        offset: first.offset,
                        count: pairs.len(),
                    });
                }
            }
        }
        Ok(repeated)
    }
}

/// A key that comes more than once, from [`Options::repeated_keys`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RepeatedKey<'a> {
    /// The key as it is written: percent-decoded if you asked for it, invalid UTF-8 replaced.
    pub key: Cow<'a, str>,
    /// The offset of its first pair in the body, in bytes.
    pub offset: usize,
    /// How many pairs have the key.
    pub count: usize,
}

/// Converts `body` to a JSON object by the template's rules. Allocates the `String`; aborts on out of
/// memory, like `Vec`.
///
/// A repeated key is written again, as the template does, and **most JSON readers keep only its last
/// value**: see [`Duplicates`]. [`Options`] offers other modes, decoding, the URL Standard's rules,
/// limits, and output to a buffer of your own.
///
/// # Examples
///
/// ```
/// assert_eq!(formevent::to_string("name=Ada&note=&a=b=c"), r#"{"name":"Ada","note":""}"#);
/// assert_eq!(formevent::to_string(r#"q="\"#), r#"{"q":"\"\\"}"#);
/// assert_eq!(formevent::to_string("a=1&a=2"), r#"{"a":"1","a":"2"}"#);
/// ```
pub fn to_string<B: AsRef<[u8]> + ?Sized>(body: &B) -> String {
    // Nothing else can fail without limits.
    abort_on_oom(Options::new().to_string(body))
}

/// Writes the object of a whole body.
#[inline]
pub(crate) fn write(out: &mut Writer<'_>, body: &[u8], options: &Options) -> Result<(), Error> {
    options.check_len(body.len())?;
    let mut progress = Progress::default();
    // If no key repeats, most modes write the same.
    let keeps = match options.duplicates {
        Duplicates::Keep => true,
        Duplicates::First | Duplicates::Last | Duplicates::Group => are_distinct(body, options),
        Duplicates::Arrays => false,
    };
    if !keeps || fast::write(out, body, options, &mut progress, true).is_err() {
        if options.duplicates == Duplicates::Keep {
            write_slowly(out, body, options, &mut progress, true)?;
        } else {
            write_groups(out, &KeyIndex::new(body, options)?)?;
        }
    }
    out.offset = body.len();
    Ok(())
}

/// Writes the members of `part`, which is whole segments, after those that `progress` counts, and ends
/// the object if `is_last`. Returns whether a segment may have been dropped.
#[inline]
pub(crate) fn write_part(
    out: &mut Writer<'_>,
    part: &[u8],
    options: &Options,
    progress: &mut Progress,
    is_last: bool,
) -> Result<bool, Error> {
    let written = fast::write(out, part, options, progress, is_last);
    if written.is_err() {
        write_slowly(out, part, options, progress, is_last)?;
    }
    progress.bytes = progress.bytes.saturating_add(part.len());
    Ok(written.unwrap_or(true))
}

/// The slow path: pair by pair, with every error.
#[inline(never)]
pub(crate) fn write_slowly(
    out: &mut Writer<'_>,
    part: &[u8],
    options: &Options,
    progress: &mut Progress,
    is_last: bool,
) -> Result<(), Error> {
    for pair in options.pairs(part, *progress) {
        let pair = pair?;
        let (key, value) = (options.key(&pair)?, options.value(&pair)?);
        out.offset = pair.offset;
        out.raw(if progress.pairs == 0 { b"{" } else { b"," })?;
        out.string(key.as_bytes())?;
        out.raw(b":")?;
        out.string(value.as_bytes())?;
        progress.pairs = progress.pairs.saturating_add(1);
    }
    if is_last {
        out.offset = progress.bytes.saturating_add(part.len());
        out.raw(if progress.pairs == 0 { b"{}" } else { b"}" })?;
    }
    out.check(0)
}

/// Writes an object with each key once.
#[inline(never)]
fn write_groups(out: &mut Writer<'_>, index: &KeyIndex<'_>) -> Result<(), Error> {
    let mut separator: &[u8] = b"{";
    for pairs in index.groups() {
        let (written, is_array) = index.selected(pairs);
        let Some(first) = written.first() else { continue };
        out.offset = first.offset;
        out.raw(separator)?;
        separator = b",";
        out.string(index.key(first.offset)?.as_bytes())?;
        let mut before: &[u8] = if is_array { b":[" } else { b":" };
        for pair in written {
            out.offset = pair.offset;
            out.raw(before)?;
            out.string(index.value(pair.offset)?.as_bytes())?;
            before = b",";
        }
        if is_array {
            out.raw(b"]")?;
        }
    }
    out.raw(if separator == b"{" { b"{}" } else { b"}" })?;
    out.offset = index.body.len();
    out.check(0)
}
