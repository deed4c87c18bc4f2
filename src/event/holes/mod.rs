//! Writing the holes that the template's event does not have.

mod base64;
mod time;

use core::iter;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::Event;
use crate::buffer::{self, push};
use crate::json::Writer;
use crate::keys::sort_texts;
#[cfg(feature = "multipart")]
use crate::multipart::{Dropped, Form, name_bytes};
use crate::name_values::NameValue;
use crate::shape::{Hole, Slot};
use crate::utf8::{lossy, owned};
use crate::{Duplicates, Error, Input, Options, Rules, object};

impl Event<'_> {
    #[inline(never)]
    pub(super) fn write_hole(&self, out: &mut Writer<'_>, slot: &Slot) -> Result<(), Error> {
        match slot.hole {
            Hole::Body => out.string(self.checked(self.body, Input::Body)?),
            Hole::BodyBase64 => base64::write(out, self.body),
            Hole::IsBase64Encoded => {
                out.raw(if self.document().is_base64_encoded() { b"true" } else { b"false" })
            }
            Hole::MultiValueHeaders => self.write_multi_value_headers(out),
            Hole::CombinedHeaders => self.write_combined_headers(out),
            Hole::QueryStringParameters => self.write_query(out, Duplicates::Last),
            Hole::MultiValueQueryStringParameters => self.write_query(out, Duplicates::Arrays),
            Hole::CombinedQueryStringParameters => {
                let begin = out.out.len();
                self.write_query(out, Duplicates::Arrays)?;
                combine_lists(out.out, begin);
                Ok(())
            }
            Hole::Time => {
                out.raw(b"\"")?;
                time::write_iso(out.out, self.more.time_epoch)?;
                out.raw(b"\"")
            }
            Hole::TimeEpoch => time::write_number(out.out, self.more.time_epoch),
            Hole::Dropped => self.write_dropped(out),
            Hole::Extra => {
                let name = self.document().extra_name(slot);
                let mut extra = self.extra.iter().enumerate();
                match extra.find(|(_, (own, _))| *own == name) {
                    Some((index, (_, value))) => {
                        out.string(self.checked(value, Input::ExtraValue { index })?)
                    }
                    None => Err(Error::MemberMissing { name: owned(lossy(name.into())?)? }),
                }
            }
            // The caller writes all others.
            _ => Ok(()),
        }
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

    /// As the payload format 2.0 of API Gateway has them.
    fn write_combined_headers(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let groups = self.header_groups()?;
        let mut before: &[u8] = b"{";
        let mut combined = Vec::new();
        for first in groups.firsts() {
            out.raw(before)?;
            before = b",";
            let mut members = groups.members(self, first);
            let Some((name, value)) = members.next() else { continue };
            let name_begin = out.out.len();
            out.string(name)?;
            // No escape of JSON has an upper case letter.
            out.out.get_mut(name_begin..).unwrap_or_default().make_ascii_lowercase();
            out.raw(b":")?;
            let mut members = members.peekable();
            if members.peek().is_none() {
                out.string(value)?;
                continue;
            }
            combined.clear();
            buffer::append(&mut combined, value)?;
            // RFC 6265 has a separator of its own, and HTTP/2 sends one header for each cookie.
            let separator: &[u8] = if name.eq_ignore_ascii_case(b"cookie") { b"; " } else { b"," };
            for (_, value) in members {
                buffer::append(&mut combined, separator)?;
                buffer::append(&mut combined, value)?;
            }
            out.string(&combined)?;
        }
        out.raw(if before == b"{" { b"{}" } else { b"}" })
    }

    /// Groups the headers by name. Allocates 16 bytes a header. Compares each name of a few with all others;
    /// many are sorted, so that no choice of names is slow, which allocates 32 bytes more for each, and names
    /// in lower case.
    fn header_groups(&self) -> Result<HeaderGroups, Error> {
        const FEW: usize = 32;
        if self.headers.len() <= FEW && self.headers.iter().all(|(name, _)| name.is_ascii()) {
            let mut next: Vec<Next> = Vec::new();
            next.try_reserve_exact(self.headers.len())?;
            next.resize_with(self.headers.len(), Next::default);
            for (index, member) in self.header_members().enumerate() {
                let (name, _) = member?;
                let mut others = self.headers.iter().enumerate().skip(index + 1);
                if let Some((other, _)) =
                    others.find(|(_, (other, _))| other.eq_ignore_ascii_case(name))
                {
                    link(&mut next, index, other);
                }
            }
            return Ok(HeaderGroups { next });
        }
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
            push(&mut next, Next::default())?;
        }
        let names = sort_texts(names);
        for ((name, index), (other, other_index)) in names.iter().zip(names.iter().skip(1)) {
            if name == other {
                link(&mut next, *index, *other_index);
            }
        }
        Ok(HeaderGroups { next })
    }

    /// Writes the pairs of the query string. Limits are for the body.
    fn write_query(&self, out: &mut Writer<'_>, duplicates: Duplicates) -> Result<(), Error> {
        let mut options = Options::new().rules(Rules::Whatwg).decode(true).duplicates(duplicates);
        options.decoding.invalid = self.options.decoding.invalid;
        // Errors report offsets in the body.
        let body_offset = out.offset;
        let result = object::write(out, self.more.query_string, &options);
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
        #[cfg(feature = "multipart")]
        if let Some(form) = self.form {
            return write_dropped_parts(out, form, &self.options);
        }
        let mut before: &[u8] = b"[{\"offset\":";
        for dropped in self.options.dropped(self.body) {
            out.offset = dropped.offset;
            out.raw(before)?;
            time::write_number(out.out, dropped.offset as u64)?;
            out.raw(b",\"text\":")?;
            // Strict UTF-8 is about pairs.
            out.string(dropped.text)?;
            out.raw(b",\"reason\":")?;
            out.string(dropped.reason.as_str().as_bytes())?;
            before = b"},{\"offset\":";
        }
        out.raw(if before.starts_with(b"[") { b"[]" } else { b"}]" })
    }
}

#[cfg(feature = "multipart")]
fn write_dropped_parts(
    out: &mut Writer<'_>,
    form: &Form<'_>,
    options: &Options,
) -> Result<(), Error> {
    let mut before: &[u8] = b"[{\"offset\":";
    for Dropped { part, reason } in form.dropped(options) {
        // Errors report offsets in the urlencoded body.
        out.raw(before)?;
        time::write_number(out.out, part.offset as u64)?;
        if let Some(file_name) = part.file_name {
            out.member(b',', b"name", &name_bytes(part.name)?)?;
            out.member(b',', b"filename", &name_bytes(file_name)?)?;
            if let Some(content_type) = part.content_type {
                out.member(b',', b"contentType", content_type)?;
            }
            out.raw(b",\"size\":")?;
            time::write_number(out.out, part.body.len() as u64)?;
        } else {
            out.member(b',', b"text", part.body)?;
        }
        out.member(b',', b"reason", reason.as_bytes())?;
        before = b"},{\"offset\":";
    }
    out.raw(if before.starts_with(b"[") { b"[]" } else { b"}]" })
}

/// Makes each list of strings in the JSON from `begin` on one string, with commas between.
fn combine_lists(json: &mut Vec<u8>, begin: usize) {
    let (mut is_string, mut is_escaped, mut is_list) = (false, false, false);
    let mut end = begin;
    for at in begin..json.len() {
        let Some(&byte) = json.get(at) else { break };
        let is_quote = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_string ^= is_quote;
        let byte = match byte {
            b'[' | b']' if !is_string => {
                is_list = byte == b'[';
                b'"'
            }
            _ if is_quote && is_list => continue,
            _ => byte,
        };
        if let Some(place) = json.get_mut(end) {
            *place = byte;
            end += 1;
        }
    }
    json.truncate(end);
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

impl Default for Next {
    fn default() -> Self {
        Next { is_first: true, index: usize::MAX }
    }
}

/// Notes that the header at `other` is the next with the name of the one at `index`.
fn link(next: &mut [Next], index: usize, other: usize) {
    if let Some(next) = next.get_mut(index) {
        next.index = other;
    }
    if let Some(next) = next.get_mut(other) {
        next.is_first = false;
    }
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
