//! The object of pairs, written in one pass unless names are looked for that come again.
//!
//! It may be written part by part of its body. Between two parts it ends with the opening quote of
//! its next key, or, where a part ends within a key or a value, with that: see [`Progress`].

use crate::distinct::keys_differ;
use crate::duplicates::Names;
use crate::json::Writer;
use crate::{Duplicates, Error, Options, Rules, fused, scan};

/// By the fast path; if that gives up, or if keys may come twice and that matters, the slow way.
#[inline]
pub(crate) fn write(out: &mut Writer<'_>, body: &[u8], options: &Options) -> Result<(), Error> {
    let limit = out.limit;
    let keeps = options.duplicates == Duplicates::Keep || keys_differ(body, options);
    if !keeps || fused::write(out.out, body, options, limit).is_err() {
        write_slowly(out, body, options)?;
    }
    out.at = body.len();
    Ok(())
}

/// Pair by pair, with every error.
#[inline(never)]
pub(crate) fn write_slowly(
    out: &mut Writer<'_>,
    body: &[u8],
    options: &Options,
) -> Result<(), Error> {
    match options.duplicates {
        Duplicates::Keep => {
            if body.len() > options.max_bytes {
                return Err(Error::TooManyBytes { max: options.max_bytes });
            }
            let mut progress = Progress::START;
            out.raw(OPENING)?;
            part_slowly(out, body, options, &mut progress)?;
            end(out, &progress)
        }
        Duplicates::First | Duplicates::Last | Duplicates::Group => {
            write_names(out, &Names::of(body, options)?)
        }
    }
}

/// What an object begins with, the quote of its first key included.
pub(crate) const OPENING: &[u8; 2] = b"{\"";

/// How far an object has come that is written part by part of its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// What the body so far ends in.
    pub(crate) within: Within,
    /// How many pairs have ended.
    pub(crate) pairs: usize,
    /// Where in the body the next part begins. From `usize::MAX` on it is that.
    pub(crate) offset: usize,
    /// Where in the body the last pair began.
    pair: usize,
}

/// What a body may end in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// Nothing that will be written.
    Nothing,
    /// A key.
    Key,
    /// A value.
    Value,
}

impl Progress {
    /// Nothing is read, and [`OPENING`] is written.
    pub(crate) const START: Progress =
        Progress { within: Within::Nothing, pairs: 0, offset: 0, pair: 0 };

    /// `part` is written, which ends in `within`.
    pub(crate) fn behind(&mut self, part: &[u8], within: Within, pairs: usize) {
        if let Some(ampersand) = scan::rfind(part, b'&') {
            self.pair = self.offset.saturating_add(ampersand + 1);
        } else if self.within == Within::Nothing {
            self.pair = self.offset;
        }
        self.offset = self.offset.saturating_add(part.len());
        (self.within, self.pairs) = (within, pairs);
    }

    /// How many bytes at the end of what was written depend on whether another pair follows: the
    /// opening, or a comma and a quote.
    pub(crate) fn dangling(&self) -> usize {
        if self.within == Within::Nothing { 2 } else { 0 }
    }
}

/// Writes what `part` adds to an object, which has come as far as `progress`; with every error, of
/// which it gives the first.
#[inline(never)]
pub(crate) fn part_slowly(
    out: &mut Writer<'_>,
    part: &[u8],
    options: &Options,
    progress: &mut Progress,
) -> Result<(), Error> {
    let mut rest = part;
    let mut offset = progress.offset;
    out.at = progress.pair;
    while let Some(&first) = rest.first() {
        let mut len = rest.iter().take_while(|&&byte| byte != b'&').count();
        match progress.within {
            Within::Nothing if first == b'&' => len = 1,
            Within::Nothing => {
                let segment = rest.get(..len).unwrap_or_default();
                if options.rules == Rules::Whatwg || options.rules.pairs(segment).next().is_some() {
                    if progress.pairs >= options.max_pairs {
                        return Err(Error::TooManyPairs { max: options.max_pairs, offset });
                    }
                    (out.at, progress.pair) = (offset, offset);
                    progress.within = Within::Key;
                    continue;
                }
            }
            Within::Key => {
                let key = rest.split(|&byte| matches!(byte, b'=' | b'&')).next();
                let key = key.unwrap_or_default();
                write_text(out, key, offset, options)?;
                if key.len() < len {
                    out.raw(b"\":\"")?;
                    progress.within = Within::Value;
                    len = key.len() + 1;
                } else if len < rest.len() {
                    out.raw(b"\":\"")?;
                    progress.within = Within::Value;
                }
            }
            Within::Value => {
                let value = rest.get(..len).unwrap_or_default();
                write_text(out, value, offset, options)?;
                if len < rest.len() {
                    out.raw(b"\"")?;
                    out.check(0)?;
                    out.raw(b",\"")?;
                    progress.pairs = progress.pairs.saturating_add(1);
                    progress.within = Within::Nothing;
                    len += 1;
                }
            }
        }
        rest = rest.get(len..).unwrap_or_default();
        offset = offset.saturating_add(len);
    }
    progress.offset = offset;
    // What `part` ends in is as much of the limit as what follows.
    if progress.dangling() == 0 { out.check(0) } else { Ok(()) }
}

/// Writes what `raw` stands for, which begins at `offset` in the body.
fn write_text(
    out: &mut Writer<'_>,
    raw: &[u8],
    offset: usize,
    options: &Options,
) -> Result<(), Error> {
    let text = options.decoding.text(raw, offset);
    if let Err(Error::InvalidUtf8 { offset: bad, .. }) = text {
        // What is before it comes first, and may be too much.
        let before = raw.get(..bad.saturating_sub(offset)).unwrap_or_default();
        out.text(options.decoding.repaired(before)?.as_bytes())?;
    }
    out.text(text?.as_bytes())
}

/// Ends an object.
pub(crate) fn end(out: &mut Writer<'_>, progress: &Progress) -> Result<(), Error> {
    out.at = progress.pair;
    match progress.within {
        Within::Nothing => {
            // The quote that nothing follows goes, and the comma before it.
            let goes = if progress.pairs == 0 { 1 } else { 2 };
            out.out.truncate(out.out.len().saturating_sub(goes));
        }
        Within::Key => {
            out.raw(b"\":\"\"")?;
            out.check(0)?;
        }
        Within::Value => {
            out.raw(b"\"")?;
            out.check(0)?;
        }
    }
    out.at = progress.offset;
    out.raw(b"}")?;
    out.check(0)
}

fn write_names(out: &mut Writer<'_>, names: &Names<'_>) -> Result<(), Error> {
    out.raw(b"{")?;
    let mut separator: &[u8] = b"";
    for (first, places) in names.chosen() {
        out.at = first.offset;
        out.raw(separator)?;
        out.string(names.name(first.offset)?.as_bytes())?;
        out.raw(b":")?;
        if let [place] = places {
            out.string(names.value(place.offset)?.as_bytes())?;
        } else {
            let mut separator: &[u8] = b"[";
            for place in places {
                out.at = place.offset;
                out.raw(separator)?;
                out.string(names.value(place.offset)?.as_bytes())?;
                separator = b",";
            }
            out.raw(b"]")?;
        }
        separator = b",";
    }
    out.raw(b"}")
}
