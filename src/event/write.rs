//! Writing an event in its shape.

use core::iter;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Event, base64, time};
use crate::buffer::push;
use crate::json::Writer;
use crate::keys::sort_texts;
use crate::name_values::NameValue;
use crate::shape::{Hole, Slot};
use crate::utf8::{lossy, owned};
use crate::{Duplicates, Error, Input, Options, Rules, object};

impl<'a> Event<'a> {
    pub(super) fn write(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        self.check_extra()?;
        let from = self.write_slots(out, &self.shape.slots, 0)?;
        self.write_end(out, from)
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(super) fn write_before_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let (before, pairs, _) = self.around_pairs()?;
        self.check_extra()?;
        let from = self.write_slots(out, before, 0)?;
        out.raw(self.shape.text(from, pairs.begin).as_bytes())
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(super) fn write_after_pairs(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let (_, pairs, after) = self.around_pairs()?;
        self.check_extra()?;
        let from = self.write_slots(out, after, pairs.end)?;
        self.write_end(out, from)
    }

    fn around_pairs(&self) -> Result<(&'a [Slot], &'a Slot, &'a [Slot]), Error> {
        let is_pairs = |slot: &Slot| slot.hole == Hole::Pairs;
        let slots = &*self.shape.slots;
        let at = slots.iter().position(is_pairs).unwrap_or(slots.len());
        match slots.split_at_checked(at) {
            Some((before, [pairs, after @ ..])) if self.shape.is_streamable() => {
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
                let json = self.shape.json.as_bytes().get(from as usize..).unwrap_or_default();
                let len = slot.begin.saturating_sub(from) as usize;
                out.string_after(json, len, self.checked(text, input)?)?;
            } else {
                out.raw(self.shape.text(from, slot.begin).as_bytes())?;
                match slot.hole {
                    Hole::Pairs => object::write(out, self.body, &self.options)?,
                    Hole::Headers => self.write_headers(out)?,
                    hole => self.write_rare(out, hole, slot)?,
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
            Hole::Method => (self.method, Input::Method),
            Hole::Path => (self.path, Input::Path),
            Hole::QueryString => (self.query_string, Input::QueryString),
            Hole::RequestId => (self.request_id, Input::RequestId),
            _ => return None,
        })
    }

    /// Writes a hole that the template's event does not have.
    #[inline(never)]
    fn write_rare(&self, out: &mut Writer<'_>, hole: Hole, slot: &Slot) -> Result<(), Error> {
        match hole {
            Hole::Body => {
                self.options.check_len(self.body.len())?;
                out.string(self.checked(self.body, Input::Body)?)
            }
            Hole::BodyBase64 => {
                self.options.check_len(self.body.len())?;
                base64::write(out, self.body)
            }
            Hole::IsBase64Encoded => {
                out.raw(if self.shape.is_base64_encoded() { b"true" } else { b"false" })
            }
            Hole::MultiValueHeaders => self.write_multi_value_headers(out),
            Hole::QueryStringParameters => self.write_query(out, Duplicates::Last),
            Hole::MultiValueQueryStringParameters => self.write_query(out, Duplicates::Arrays),
            Hole::Time => {
                out.raw(b"\"")?;
                time::write_iso(out.out, self.time_epoch)?;
                out.raw(b"\"")
            }
            Hole::TimeEpoch => time::write_number(out.out, self.time_epoch),
            Hole::Dropped => self.write_dropped(out),
            Hole::Extra => {
                let name = self.shape.extra_name(slot);
                let mut extra = self.extra.iter().enumerate();
                match extra.find(|(_, (own, _))| *own == name.as_bytes()) {
                    Some((index, (_, value))) => {
                        out.string(self.checked(value, Input::ExtraValue { index })?)
                    }
                    None => Err(Error::MemberMissing { name: owned(name.into())? }),
                }
            }
            // The caller writes all others.
            _ => Ok(()),
        }
    }

    /// Writes the document from the offset `from` to its end, with the extra members that have no hole.
    fn write_end(&self, out: &mut Writer<'_>, from: u32) -> Result<(), Error> {
        let rest = self.shape.json.get(from as usize..).unwrap_or_default();
        let mut open = b',';
        let mut object = rest.strip_suffix('}').unwrap_or_default();
        if self.shape.is_empty() {
            (object, open) = ("", b'{');
        }
        let mut is_open = false;
        for member in self.members_without_hole() {
            let (name, value) = member?;
            if !is_open {
                out.raw(object.as_bytes())?;
                is_open = true;
            }
            out.member(open, name, value)?;
            open = b',';
        }
        out.raw(if is_open { b"}" } else { rest.as_bytes() })
    }

    /// The extra members that go to the end of the document.
    fn members_without_hole(&self) -> impl Iterator<Item = Result<NameValue<'a>, Error>> {
        let extra = self.extra.iter().enumerate();
        extra.filter(|(_, (name, _))| !self.shape.has_extra(name)).map(|(index, (name, value))| {
            let name = self.checked(name, Input::ExtraName { index })?;
            Ok((name, self.checked(value, Input::ExtraValue { index })?))
        })
    }

    /// `text`, if it is UTF-8 or need not be.
    fn checked<'t>(&self, text: &'t [u8], input: Input) -> Result<&'t [u8], Error> {
        self.options.decoding.check(text, input)?;
        Ok(text)
    }

    #[cfg_attr(target_family = "wasm", inline(never))]
    fn write_headers(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let mut open = b'{';
        for header in self.header_members() {
            let (name, value) = header?;
            out.member(open, name, value)?;
            open = b',';
        }
        out.raw(if open == b'{' { b"{}" } else { b"}" })
    }

    /// The members of `$headers`.
    fn header_members(&self) -> impl Iterator<Item = Result<NameValue<'a>, Error>> {
        self.headers.iter().enumerate().map(|(index, (name, value))| {
            let name = self.checked(name, Input::HeaderName { index })?;
            Ok((name, self.checked(value, Input::HeaderValue { index })?))
        })
    }

    fn write_multi_value_headers(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let groups = self.header_groups()?;
        let mut before: &[u8] = b"{";
        for first in groups.firsts() {
            out.raw(before)?;
            before = b"],";
            let mut separator: &[u8] = b":[";
            for (name, value) in groups.members(self, first) {
                if separator == b":[" {
                    out.string(name)?;
                }
                out.raw(separator)?;
                out.string(value)?;
                separator = b",";
            }
        }
        out.raw(if before == b"{" { b"{}" } else { b"]}" })
    }

    /// Groups the headers by name. Allocates 16 bytes a header and sorts the names, so that no choice of
    /// names is slow.
    fn header_groups(&self) -> Result<HeaderGroups, Error> {
        let mut names: Vec<(Cow<'_, str>, usize)> = Vec::new();
        let mut next = Vec::new();
        for (index, member) in self.header_members().enumerate() {
            let mut name = lossy(member?.0.into())?;
            if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                let mut lower = owned(name)?;
                lower.make_ascii_lowercase();
                name = lower.into();
            }
            push(&mut names, (name, index))?;
            push(&mut next, Next { is_first: true, index: usize::MAX })?;
        }
        let names = sort_texts(names);
        for ((name, index), (other, other_index)) in names.iter().zip(names.iter().skip(1)) {
            if name == other {
                if let Some(next) = next.get_mut(*index) {
                    next.index = *other_index;
                }
                if let Some(next) = next.get_mut(*other_index) {
                    next.is_first = false;
                }
            }
        }
        Ok(HeaderGroups { next })
    }

    /// Writes the pairs of the query string. Limits are for the body.
    fn write_query(&self, out: &mut Writer<'_>, duplicates: Duplicates) -> Result<(), Error> {
        let options = Options::new().rules(Rules::Whatwg).decode(true).duplicates(duplicates);
        let options = options.utf8(self.options.decoding.utf8);
        // Errors report offsets in the body.
        let body_offset = out.offset;
        let result = object::write(out, self.query_string, &options);
        out.offset = body_offset;
        result.map_err(|error| match error {
            Error::InvalidUtf8 { offset, .. } => {
                Error::InvalidUtf8 { input: Input::QueryString, offset }
            }
            Error::TooMuchOutput { max, .. } => Error::TooMuchOutput { max, offset: body_offset },
            error => error,
        })
    }

    fn write_dropped(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        self.options.check_len(self.body.len())?;
        let mut before: &[u8] = b"[{\"offset\":";
        for dropped in self.options.dropped(self.body) {
            out.offset = dropped.offset;
            out.raw(before)?;
            time::write_number(out.out, dropped.offset as u64)?;
            out.raw(b",\"text\":")?;
            out.string(self.checked_at(dropped.text, dropped.offset)?)?;
            out.raw(b",\"reason\":")?;
            out.string(dropped.reason.as_str().as_bytes())?;
            before = b"},{\"offset\":";
        }
        out.raw(if before.starts_with(b"[") { b"[]" } else { b"}]" })
    }

    /// `text`, a part of the body at `offset`, if it is UTF-8 or need not be.
    fn checked_at<'t>(&self, text: &'t [u8], offset: usize) -> Result<&'t [u8], Error> {
        self.checked(text, Input::Body).map_err(|error| match error {
            Error::InvalidUtf8 { input, offset: within } => {
                Error::InvalidUtf8 { input, offset: offset.saturating_add(within) }
            }
            error => error,
        })
    }

    /// Fails if an extra member cannot be written, or if memory ran out for a header or a member.
    #[cfg_attr(target_family = "wasm", inline(never))]
    fn check_extra(&self) -> Result<(), Error> {
        self.headers.check()?;
        self.extra.check()?;
        if self.extra.len() == 0 {
            return Ok(());
        }
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
        let mut first: Option<&(Cow<'_, str>, usize)> = None;
        let mut previous = None;
        for name in names {
            let is_placed = self.shape.has_extra(name.0.as_bytes());
            let is_wrong = previous == Some(&name.0)
                || !is_placed && (!self.shape.is_object() || self.shape.has_member(&name.0));
            if is_wrong && first.is_none_or(|first| name.1 < first.1) {
                first = Some(name);
            }
            previous = Some(&name.0);
        }
        let Some((name, _)) = first else { return Ok(()) };
        let name = owned(name.as_ref().into())?;
        Err(if self.shape.is_object() || self.shape.has_extra(name.as_bytes()) {
            Error::MemberExists { name }
        } else {
            Error::MemberUnplaced { name }
        })
    }
}

/// The headers grouped by name: for each the next of its group.
struct HeaderGroups {
    next: Vec<Next>,
}

struct Next {
    is_first: bool,
    /// The position of the next header with the name; `usize::MAX` if it is the last.
    index: usize,
}

impl HeaderGroups {
    /// The positions of the headers that begin a group.
    fn firsts(&self) -> impl Iterator<Item = usize> {
        self.next.iter().enumerate().filter(|(_, next)| next.is_first).map(|(index, _)| index)
    }

    /// The headers of the group that begins at `first`.
    fn members<'e>(&self, event: &Event<'e>, first: usize) -> impl Iterator<Item = NameValue<'e>> {
        iter::successors(Some(first), |&index| self.next.get(index).map(|next| next.index))
            .map_while(|index| event.headers.get(index))
    }
}
