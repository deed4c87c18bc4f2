//! Counts what the template does to the bodies of some pieces.

use std::collections::BTreeMap;
use std::io;

use formevent::DropReason;
use formevent::template::{Verdict, verdict};

use super::keys::{Keys, Lost};
use super::source::Piece;
use super::{AuditArgs, cut};

/// The most bytes of a body that an example shows.
const SHOWN: usize = 40;

/// The counts over some pieces.
pub(crate) struct Tally<'a> {
    args: &'a AuditArgs,
    /// The number of bodies.
    pub(crate) bodies: u64,
    /// The bytes of all bodies together.
    pub(crate) bytes: u64,
    /// The bodies that begin like a JSON object.
    pub(crate) like_json: u64,
    /// The bodies with another verdict than `same`, by its name.
    spoilt: BTreeMap<&'static str, Found<Place>>,
    /// The segments dropped from requests that are not lost, by the name of the reason.
    dropped: BTreeMap<&'static str, u64>,
    /// The keys that lose values in requests that are not lost.
    pub(crate) keys: Keys,
    /// The lines without a body, with the message.
    pub(crate) unread: Found<String>,
    /// The files that could not be read to the end, by index.
    pub(crate) failed: Vec<(usize, io::Error)>,
}

/// A count of something, and the first examples.
pub(crate) struct Found<T> {
    pub(crate) count: u64,
    pub(crate) first: Vec<Example<T>>,
}

/// An example, in a line of a file.
pub(crate) struct Example<T> {
    /// The index of the file.
    pub(crate) file: usize,
    pub(crate) line: u64,
    pub(crate) what: T,
}

/// A place in a body.
pub(crate) struct Place {
    /// In bytes.
    pub(crate) offset: usize,
    /// The text from there, up to [`SHOWN`] bytes.
    pub(crate) text: Vec<u8>,
    pub(crate) is_cut: bool,
    /// Why the template drops the segment there. `None` for other verdicts than `loses`, and if a key
    /// comes again.
    pub(crate) reason: Option<DropReason>,
}

impl<T> Found<T> {
    const NONE: Self = Found { count: 0, first: Vec::new() };

    fn add(&mut self, most: usize, example: impl FnOnce() -> Example<T>) {
        self.count += 1;
        if self.first.len() < most {
            self.first.push(example());
        }
    }

    fn and(mut self, other: Self, most: usize) -> Self {
        self.count += other.count;
        self.first.extend(other.first);
        self.first.sort_unstable_by_key(|example| (example.file, example.line));
        self.first.truncate(most);
        self
    }
}

impl<'a> Tally<'a> {
    pub(crate) fn new(args: &'a AuditArgs) -> Tally<'a> {
        Tally {
            args,
            bodies: 0,
            bytes: 0,
            like_json: 0,
            spoilt: BTreeMap::new(),
            dropped: BTreeMap::new(),
            keys: Keys::default(),
            unread: Found::NONE,
            failed: Vec::new(),
        }
    }

    /// Returns the bodies with this verdict.
    pub(crate) fn spoilt(&self, verdict: &str) -> &Found<Place> {
        self.spoilt.get(verdict).unwrap_or(const { &Found::NONE })
    }

    /// Returns how many segments are dropped for this reason.
    pub(crate) fn dropped(&self, reason: &str) -> u64 {
        self.dropped.get(reason).copied().unwrap_or_default()
    }

    /// Returns how many bodies have the verdict `same`.
    pub(crate) fn same(&self) -> u64 {
        self.bodies - self.spoilt.values().map(|found| found.count).sum::<u64>()
    }

    /// Counts `piece`, which comes after the pieces counted so far.
    pub(crate) fn with(mut self, piece: Piece) -> Self {
        match piece {
            Piece::Lines { file, first_line, text } => {
                let mut start = 0;
                let ends = memchr::memchr_iter(b'\n', &text);
                let tail = (text.last() != Some(&b'\n')).then_some(text.len());
                for (line, end) in (first_line..).zip(ends.chain(tail)) {
                    self.line(file, line, &text[start..end], end < text.len());
                    start = end + 1;
                }
            }
            Piece::TooLong { file, line } => self.bad_line(file, line, self.args.too_long()),
            Piece::Failed { file, error } => self.failed.push((file, error)),
        }
        self
    }

    /// Adds the counts of `other`.
    pub(crate) fn and(mut self, other: Self) -> Self {
        let most = self.args.examples;
        self.bodies += other.bodies;
        self.bytes += other.bytes;
        self.like_json += other.like_json;
        for (verdict, found) in other.spoilt {
            let own = self.spoilt.remove(verdict).unwrap_or(Found::NONE);
            self.spoilt.insert(verdict, own.and(found, most));
        }
        for (reason, count) in other.dropped {
            *self.dropped.entry(reason).or_default() += count;
        }
        self.keys = self.keys.and(other.keys);
        self.unread = self.unread.and(other.unread, self.args.messages());
        self.failed.extend(other.failed);
        self.failed.sort_unstable_by_key(|(file, _)| *file);
        self
    }

    fn line(&mut self, file: usize, number: u64, line: &[u8], has_feed: bool) {
        let line = if has_feed { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        match self.args.body(line) {
            Ok(body) => self.body(file, number, &body),
            Err(message) => self.bad_line(file, number, message),
        }
    }

    fn bad_line(&mut self, file: usize, line: u64, what: String) {
        self.unread.add(self.args.messages(), || Example { file, line, what });
    }

    fn body(&mut self, file: usize, line: u64, body: &[u8]) {
        self.bodies += 1;
        self.bytes += body.len() as u64;
        self.like_json += u64::from(body.starts_with(b"{"));
        let verdict = verdict(body);
        let Some(offset) = verdict.offset() else { return };
        let found = self.spoilt.entry(verdict.as_str()).or_insert(Found::NONE);
        found.add(self.args.examples, || {
            let text = body.get(offset..).unwrap_or_default();
            let (text, is_cut) = cut(text, SHOWN);
            let reason = if let Verdict::Loses { reason, .. } = verdict { reason } else { None };
            Example { file, line, what: Place { offset, text: text.to_vec(), is_cut, reason } }
        });
        // The request is lost, and every field with it.
        if matches!(verdict, Verdict::Fails { .. } | Verdict::NotJson { .. }) {
            return;
        }
        let options = formevent::Options::new();
        for dropped in options.dropped(body) {
            *self.dropped.entry(dropped.reason.as_str()).or_default() += 1;
        }
        match options.repeated_keys(body) {
            Ok(repeated) => {
                for key in repeated {
                    self.keys.add(&key.key, Lost { values: key.count as u64 - 1, bodies: 1 });
                }
            }
            // Without limits or strict UTF-8, it can only be out of memory.
            Err(error) => self.bad_line(file, line, error.to_string()),
        }
    }
}
