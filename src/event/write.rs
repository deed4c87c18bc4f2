//! Writing an event in its shape.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::Event;
use crate::buffer::push;
use crate::json::Writer;
use crate::keys::sort_texts;
use crate::name_values::NameValue;
use crate::shape::{Hole, SHAPES, Slot};
use crate::utf8::{lossy, owned};
use crate::{Error, Input, object};

impl<'a> Event<'a> {
    pub(super) fn write(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        if !SHAPES {
            self.write_before_pairs(out)?;
            self.write_pairs(out)?;
            return self.write_after_pairs(out);
        }
        self.check_extra()?;
        // Also for a shape that has no use for the body.
        self.options.check_len(self.body.len())?;
        let from = self.write_slots(out, &self.document().slots, 0)?;
        self.write_end(out, from)
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(super) fn write_before_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let (before, pairs, _) = self.around_pairs()?;
        self.check_extra()?;
        let from = self.write_slots(out, before, 0)?;
        out.raw(self.document().text(from, pairs.begin))
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(super) fn write_after_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let (_, pairs, after) = self.around_pairs()?;
        if SHAPES {
            self.check_extra()?;
        }
        let from = self.write_slots(out, after, pairs.end)?;
        self.write_end(out, from)
    }

    #[inline]
    fn write_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        #[cfg(feature = "multipart")]
        if let Some(form) = self.form {
            // Its own body has an encoding that was not sent, and may be longer.
            self.options.check_len(self.body.len())?;
            let options = self.options.decode(true).max_bytes(usize::MAX);
            return object::write(out, form.as_urlencoded(), &options);
        }
        object::write(out, self.body, &self.options)
    }

    fn around_pairs(&self) -> Result<(&[Slot], &Slot, &[Slot]), Error> {
        let is_pairs = |slot: &Slot| slot.hole == Hole::Pairs;
        let slots = &*self.document().slots;
        let at = slots.iter().position(is_pairs).unwrap_or(slots.len());
        match slots.split_at_checked(at) {
            Some((before, [pairs, after @ ..])) if self.document().is_streamable() => {
                Ok((before, pairs, after))
            }
            _ => Err(Error::NotStreamable),
        }
    }

    /// Writes the document from the offset `from` to the last of `slots`, and returns where that ends.
    fn write_slots(
        &self,
        out: &mut Writer<'_>,
        slots: &[Slot],
        mut from: u32,
    ) -> Result<u32, Error> {
        for slot in slots {
            if let Some((text, input)) = self.text(slot.hole) {
                let json = self.document().json.as_bytes().get(from as usize..).unwrap_or_default();
                let len = slot.begin.saturating_sub(from) as usize;
                out.string_after(json, len, self.checked(text, input)?)?;
            } else {
                out.raw(self.document().text(from, slot.begin))?;
                match slot.hole {
                    Hole::Pairs if SHAPES => self.write_pairs(out)?,
                    Hole::Headers => self.write_headers(out)?,
                    #[cfg(feature = "shapes")]
                    _ => self.write_hole(out, slot)?,
                    #[cfg(not(feature = "shapes"))]
                    _ => {}
                }
            }
            from = slot.end;
        }
        Ok(from)
    }

    /// The event's own string that goes into `hole`.
    #[inline]
    fn text(&self, hole: Hole) -> Option<(&'a [u8], Input)> {
        Some(match hole {
            Hole::Stage => (self.stage, Input::Stage),
            Hole::SourceIp => (self.source_ip, Input::SourceIp),
            Hole::UserAgent => (self.user_agent, Input::UserAgent),
            #[cfg(feature = "shapes")]
            Hole::Method => (self.more.method, Input::Method),
            #[cfg(feature = "shapes")]
            Hole::Path => (self.more.path, Input::Path),
            #[cfg(feature = "shapes")]
            Hole::QueryString => (self.more.query_string, Input::QueryString),
            #[cfg(feature = "shapes")]
            Hole::RequestId => (self.more.request_id, Input::RequestId),
            _ => return None,
        })
    }

    /// Writes the document from the offset `from` to its end, with the extra members that have no hole.
    fn write_end(&self, out: &mut Writer<'_>, from: u32) -> Result<(), Error> {
        let rest = self.document().json.as_bytes().get(from as usize..).unwrap_or_default();
        let mut open = b',';
        let mut object = rest.strip_suffix(b"}").unwrap_or_default();
        if self.document().is_empty() {
            (object, open) = (b"", b'{');
        }
        let mut is_open = false;
        for member in self.members_without_hole() {
            let (name, value) = member?;
            if !is_open && !object.is_empty() {
                out.raw(object)?;
            }
            is_open = true;
            out.member(open, name, value)?;
            open = b',';
        }
        out.raw(if is_open { b"}" } else { rest })
    }

    /// The extra members that go to the end of the document.
    fn members_without_hole(&self) -> impl Iterator<Item = Result<NameValue<'a>, Error>> {
        let extra = self.extra.iter().enumerate();
        extra.filter(|(_, (name, _))| !self.document().has_extra(name)).map(
            |(index, (name, value))| {
                let name = self.checked(name, Input::ExtraName { index })?;
                Ok((name, self.checked(value, Input::ExtraValue { index })?))
            },
        )
    }

    /// `text`, if it is UTF-8 or need not be.
    pub(super) fn checked<'t>(&self, text: &'t [u8], input: Input) -> Result<&'t [u8], Error> {
        self.options.decoding.check(text, input)?;
        Ok(text)
    }

    fn write_headers(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let mut open = b'{';
        let mut headers = self.header_members();
        while let Some((name, value)) = out.next_member(&mut open, &mut headers)? {
            out.member(open, name, value)?;
            open = b',';
        }
        out.raw(if open == b'{' { b"{}" } else { b"}" })
    }

    /// The members of `$headers`.
    pub(super) fn header_members(&self) -> impl Iterator<Item = Result<NameValue<'a>, Error>> {
        self.headers.iter().enumerate().map(|(index, (name, value))| {
            let name = self.checked(name, Input::HeaderName { index })?;
            Ok((name, self.checked(value, Input::HeaderValue { index })?))
        })
    }

    /// Fails if an extra member cannot be written, or if memory ran out for a header or a member.
    #[cfg_attr(target_family = "wasm", inline(never))]
    fn check_extra(&self) -> Result<(), Error> {
        self.headers.check()?;
        self.extra.check()?;
        if self.extra.len() == 0 { Ok(()) } else { self.check_extra_names() }
    }

    #[inline(never)]
    fn check_extra_names(&self) -> Result<(), Error> {
        let document = self.document();
        if let (1, Some((name, _))) = (self.extra.len(), self.extra.iter().next())
            && name.is_ascii()
            && document.is_object()
            && !document.has_member(name)
        {
            // As in most events: needs neither a copy nor a sort.
            return Ok(());
        }
        let mut names: Vec<(Cow<'_, str>, usize)> = Vec::new();
        names.try_reserve_exact(self.extra.len())?;
        for (index, (name, _)) in self.extra.iter().enumerate() {
            push(&mut names, (lossy(name.into())?, index))?;
        }
        let names = sort_texts(names);
        let mut first: Option<&(Cow<'_, str>, usize)> = None;
        let mut previous = None;
        for name in &names {
            let is_placed = document.has_extra(name.0.as_bytes());
            let is_wrong = previous == Some(&name.0)
                || !is_placed && (!document.is_object() || document.has_member(name.0.as_bytes()));
            if is_wrong && first.is_none_or(|first| name.1 < first.1) {
                first = Some(name);
            }
            previous = Some(&name.0);
        }
        let Some((name, _)) = first else { return Ok(()) };
        let name = owned(name.as_ref().into())?;
        Err(if document.is_object() || document.has_extra(name.as_bytes()) {
            Error::MemberExists { name }
        } else {
            Error::MemberUnplaced { name }
        })
    }
}
