//! The fields of a form, and how what was sent becomes text.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::limits::check_pairs;
#[cfg(feature = "multipart")]
use crate::multipart;
use crate::percent::{decode_bytes, decode_into, decoded_len};
use crate::scan::BLOCK;
use crate::utf8::{Invalid, owned};
use crate::{Error, Options, ReceivedEvent, utf8};

use super::error::Place;
use super::segments::{BATCH, Field, Segments, Span};

/// A form, and how to read it.
#[derive(Clone, Debug)]
pub(super) struct Form<'de> {
    input: Input<'de>,
    pub(super) options: Options,
    pub(super) empty_as_none: bool,
    /// The body, if it is UTF-8 as a whole; then so are its parts.
    utf8: Option<&'de str>,
    /// The form whose fields of text are the body.
    #[cfg(feature = "multipart")]
    pub(super) multipart: Option<&'de multipart::Form<'de>>,
}

#[derive(Clone, Debug)]
enum Input<'de> {
    Body(&'de [u8]),
    /// The fields of an event, each a key and a value. A span begins at their position here.
    Event(Vec<&'de str>),
}

/// Reads the fields of a form one by one, found a batch at a time.
#[derive(Clone, Debug)]
pub(super) struct Source<'f, 'de> {
    form: &'f Form<'de>,
    segments: Segments,
    /// The first `len` of these are fields, and the one at `last` was read last.
    batch: [Field; BATCH],
    last: usize,
    len: usize,
    /// How many fields are in this batch and those before it.
    found: usize,
    error: Option<Error>,
}

impl Source<'_, '_> {
    /// Reads the next field. `false` at the end, or at an error, which [`end`](Self::end) returns.
    #[inline]
    pub(super) fn read(&mut self) -> bool {
        self.last = self.last.wrapping_add(1);
        self.last < self.len || self.fill()
    }

    /// Finds the next fields.
    #[inline(never)]
    fn fill(&mut self) -> bool {
        #[cfg(test)]
        super::tests::BATCHES.with(|batches| batches.set(batches.get() + 1));
        (self.last, self.len) = (0, 0);
        if self.error.is_some() {
            return false;
        }
        match &self.form.input {
            Input::Body(body) => {
                self.len = self.segments.fill(body, &mut self.batch);
                let max = self.form.options.limits.pairs;
                let allowed = max.saturating_sub(self.found);
                if let Some(field) = self.batch.iter().take(self.len).nth(allowed) {
                    self.error = check_pairs(max, max, field.key().start).err();
                    self.len = allowed;
                }
            }
            Input::Event(texts) => {
                let starts = (2 * self.found..texts.len()).step_by(2);
                for (to, start) in self.batch.iter_mut().zip(starts) {
                    *to = self.form.event_field(start);
                    self.len += 1;
                }
            }
        }
        self.found += self.len;
        self.len > 0
    }

    /// Fails if it was an error that ended the fields.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// The key that was read last.
    #[inline]
    pub(super) fn key(&self) -> Span {
        self.batch[self.last % BATCH].key()
    }

    /// The value that was read last.
    #[inline]
    pub(super) fn value(&self) -> Span {
        self.batch[self.last % BATCH].value()
    }
}

/// The longest value that is decoded without an allocation of its own.
const SHORT: usize = 96;

pub(super) type Scratch = [u8; SHORT + BLOCK];

pub(super) const SCRATCH: Scratch = [0; SHORT + BLOCK];

impl<'de> Form<'de> {
    pub(super) fn of_body(body: &'de [u8], options: &Options) -> Self {
        Form {
            input: Input::Body(body),
            options: *options,
            empty_as_none: false,
            utf8: None,
            #[cfg(feature = "multipart")]
            multipart: None,
        }
    }

    #[cfg(feature = "multipart")]
    pub(super) fn of_multipart(form: &'de multipart::Form<'de>, options: &Options) -> Self {
        let multipart = form.is_multipart().then_some(form);
        Form { multipart, ..Form::of_body(form.as_urlencoded(), options) }
    }

    pub(super) fn of_event(event: &'de ReceivedEvent) -> Self {
        let texts = event.fields().flat_map(|(key, value)| [key, value]).collect();
        Form { input: Input::Event(texts), ..Form::of_body(&[], &Options::new()) }
    }

    /// Checks the length of a body, and looks whether it is UTF-8.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        if let Input::Body(body) = self.input {
            let len = body.len();
            #[cfg(feature = "multipart")]
            let len = self.multipart.map_or(len, |form| {
                // Its texts were encoded to be a body of pairs.
                self.options = self.options.decode(true);
                form.body().len()
            });
            self.options.check_len(len)?;
            self.utf8 = utf8::text(body);
        }
        Ok(())
    }

    #[expect(clippy::inline_always, reason = "it is long, and must not be copied")]
    #[inline(always)]
    pub(super) fn source(&self) -> Source<'_, 'de> {
        Source {
            form: self,
            segments: Segments::new(&self.options, 0),
            batch: [Field::default(); BATCH],
            last: 0,
            len: 0,
            found: 0,
            error: None,
        }
    }

    /// The field at an offset in the body, or at a position in an event.
    pub(super) fn field(&self, at: usize) -> Field {
        match self.input {
            Input::Body(body) => Segments::pair_at(at, body, &self.options),
            Input::Event(_) => self.event_field(at),
        }
    }

    fn event_field(&self, start: usize) -> Field {
        let is_encoded = |start| {
            let text = self.sent(&Span { start, ..Span::default() });
            self.options.decoding.percent && text.iter().any(|byte| matches!(byte, b'%' | b'+'))
        };
        Field::of_event(start, is_encoded(start), is_encoded(start + 1))
    }

    pub(super) fn place(&self, span: &Span) -> Place {
        match self.input {
            Input::Body(_) => Place::Offset(span.start),
            Input::Event(_) => Place::Index(span.start / 2),
        }
    }

    /// The key of the first field whose key is `name` and more in brackets or after a dot.
    #[cold]
    pub(super) fn nested(&self, name: &str) -> Option<Span> {
        let mut source = self.source();
        while source.read() {
            let key = self.lossy(&source.key());
            if key.strip_prefix(name).is_some_and(|rest| rest.starts_with(['[', '.'])) {
                return Some(source.key());
            }
        }
        None
    }

    /// The bytes as they were sent.
    fn sent(&self, span: &Span) -> &'de [u8] {
        match &self.input {
            Input::Body(body) => body.get(span.start..span.end).unwrap_or_default(),
            Input::Event(texts) => texts.get(span.start).map_or(&[], |text| text.as_bytes()),
        }
    }

    pub(super) fn is_empty(&self, span: &Span) -> bool {
        self.sent(span).is_empty()
    }

    /// The text as it was sent, if nothing has to be decoded or replaced.
    #[inline]
    pub(super) fn borrowed(&self, span: &Span) -> Option<&'de str> {
        match self.utf8 {
            _ if span.is_encoded => None,
            Some(text) => text.get(span.start..span.end),
            None => str::from_utf8(self.sent(span)).ok(),
        }
    }

    /// The text, borrowed if nothing has to be decoded or replaced.
    pub(super) fn text(&self, span: &Span) -> Result<Cow<'de, str>, Error> {
        match self.borrowed(span) {
            Some(text) => Ok(text.into()),
            None => self.options.decoding.text(self.sent(span), span.start),
        }
    }

    /// Calls `read` with the text.
    #[inline]
    pub(super) fn with_text<T, E: From<Error>>(
        &self,
        span: &Span,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(text) = self.borrowed(span) {
            return read(text);
        }
        match self.decoded(span, &mut { SCRATCH }) {
            Some(text) => read(text),
            None => read(&self.owned(span)?),
        }
    }

    /// The text, decoded into `scratch`. `None` if it is too long, is not UTF-8, or is not encoded.
    #[inline(never)]
    pub(super) fn decoded<'s>(&self, span: &Span, scratch: &'s mut Scratch) -> Option<&'s str> {
        let sent = self.sent(span);
        if !span.is_encoded || sent.len() > SHORT {
            return None;
        }
        let len = decode_into(self.beyond(span), sent.len(), scratch);
        str::from_utf8(scratch.get(..len)?).ok()
    }

    /// The text, decoded or repaired, with a capacity of its length.
    #[inline(never)]
    pub(super) fn owned(&self, span: &Span) -> Result<String, Error> {
        let sent = self.sent(span);
        if span.is_encoded {
            let mut out = Vec::new();
            let len = decoded_len(sent);
            out.try_reserve_exact(len)?;
            out.resize(len, 0);
            decode_into(self.beyond(span), sent.len(), &mut out);
            if let Ok(text) = String::from_utf8(out) {
                return Ok(text);
            }
        }
        owned(self.options.decoding.text(sent, span.start)?)
    }

    /// The text and the rest of the body. Reading whole blocks beyond the text is faster than a look at its end.
    #[inline]
    fn beyond(&self, span: &Span) -> &'de [u8] {
        match &self.input {
            Input::Body(body) => body.get(span.start..).unwrap_or_default(),
            Input::Event(_) => self.sent(span),
        }
    }

    /// The bytes, decoded. Those that are not UTF-8 stay.
    pub(super) fn bytes(&self, span: &Span) -> Result<Cow<'de, [u8]>, Error> {
        self.check(span)?;
        let raw = self.sent(span);
        if span.is_encoded { decode_bytes(raw) } else { Ok(raw.into()) }
    }

    /// Fails if UTF-8 is strict, and the text is something else.
    #[inline]
    pub(super) fn check(&self, span: &Span) -> Result<(), Error> {
        if self.options.decoding.invalid == Invalid::Refused && self.borrowed(span).is_none() {
            self.options.decoding.text(self.sent(span), span.start)?;
        }
        Ok(())
    }

    /// The text for an error, or to compare it.
    pub(super) fn lossy(&self, span: &Span) -> Cow<'de, str> {
        self.options.decoding.lossy(self.sent(span)).unwrap_or_default()
    }

    /// Whether two keys are the same once they are decoded.
    #[inline]
    pub(super) fn is_same(&self, one: &Span, other: &Span) -> bool {
        if let (Some(_), false, false) = (self.utf8, one.is_encoded, other.is_encoded) {
            return self.sent(one) == self.sent(other);
        }
        // An error comes when the key is read.
        let same: Result<_, Error> =
            self.with_text(one, |one| self.with_text(other, |other| Ok(one == other)));
        same.unwrap_or(false)
    }
}
