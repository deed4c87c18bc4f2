//! The wasm side of the npm package: bytes in linear memory in, bytes in linear memory out.
//!
//! One call of [`Converter`] is one crossing of the boundary. JavaScript writes the body into the
//! input, calls with plain numbers, and reads the report: the output's address, or the error.
//! JavaScript makes the messages. Nothing here formats or panics with a message, which keeps the
//! module small.
//!
//! `ts/abi.ts` has the numbers that both sides must agree on; a test compares it with the enums here.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;

use formevent::{Dropped, Duplicates, Error, Event, Options, Rules, Transcoder, Utf8};
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The result of a call.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
enum Status {
    Done = 0,
    TooManyBytes = 1,
    TooManyPairs = 2,
    TooMuchOutput = 3,
    TooMuchHeld = 4,
    InvalidUtf8 = 5,
    MemberExists = 6,
    OutOfMemory = 7,
}

/// Converts the input to the output. Not generic, which would compile each use apart.
type Write<'w> = dyn FnMut(&[u8], &mut Vec<u8>) -> Result<(), Error> + 'w;

/// The buffers, reused from call to call.
#[wasm_bindgen]
#[derive(Default)]
pub struct Converter {
    input: Vec<u8>,
    output: Vec<u8>,
    transcoder: Option<Transcoder>,
    report_dropped: bool,
    /// The dropped segments of the last chunk: their offsets and the numbers of their reasons.
    dropped: Vec<[usize; 2]>,
    /// For JavaScript to read: the output's address and length, an error's offset and limit, the
    /// address and length of `dropped`.
    report: Box<[usize; 6]>,
}

#[wasm_bindgen]
impl Converter {
    /// A converter that owns no memory but its report.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Converter {
        Converter::default()
    }

    /// The address of the report, which never moves.
    pub fn report(&self) -> *const usize {
        self.report.as_ptr()
    }

    /// Makes the input at least `len` bytes long and keeps the first `keep` of them. Returns its
    /// address, or null if memory is short.
    pub fn reserve(&mut self, len: usize, keep: usize) -> *const u8 {
        if len > self.input.len() {
            // Free first, so that the input can take its place.
            self.output = Vec::new();
            if keep == 0 {
                self.input = Vec::new();
            }
            if self.input.try_reserve_exact(len - self.input.len()).is_err() {
                return core::ptr::null();
            }
            self.input.resize(len, 0);
        }
        self.input.as_ptr()
    }

    /// Converts the first `body` bytes of the input to the object of pairs.
    pub fn json(
        &mut self,
        body: usize,
        choices: u32,
        max_bytes: usize,
        max_pairs: usize,
        max_output: usize,
    ) -> u32 {
        let options = options(choices, max_bytes, max_pairs, max_output);
        self.write(body, &mut |input, out| options.append_to_vec(input, out))
    }

    /// The event of the first `body` bytes of the input. The rest of its `len` bytes is a block of
    /// `strings` strings: first the length of each in UTF-16 code units as four bytes, little
    /// endian; then the strings in UTF-8, a byte between each and the next. They are `headers`
    /// names, each with its value, then the stage, the source address, the user agent, and the
    /// extra members, each a name and a value.
    ///
    /// With the bit `AROUND` the event comes without its object of pairs, and the report's offset is
    /// the place in the output for that object.
    #[expect(clippy::too_many_arguments, reason = "plain numbers cross the boundary for free")]
    pub fn event(
        &mut self,
        body: usize,
        len: usize,
        strings: usize,
        headers: usize,
        choices: u32,
        max_bytes: usize,
        max_pairs: usize,
        max_output: usize,
    ) -> u32 {
        let options = options(choices, max_bytes, max_pairs, max_output);
        let mut pairs = 0;
        let status = self.write(len, &mut |input, out| {
            let (body, block) = input.split_at(body.min(input.len()));
            let event = event(body, Strings::new(block, strings), headers, options);
            if !flag(choices, bit::AROUND) {
                return event.append_to_vec(out);
            }
            event.append_before_pairs(out)?;
            pairs = out.len();
            event.append_after_pairs(out)
        });
        if pairs > 0 {
            self.report[2] = pairs;
        }
        status
    }

    /// Inspects the first `body` bytes of the input: `{"pairs":[{"key":…,"value":…,"offset":…},…],
    /// "dropped":[{"offset":…,"text":…,"reason":…},…],"repeated":[{"key":…,"offset":…,"count":…},…],
    /// "counts":{"pairs":…,"dropped":…,"repeated":…}}`. Each list has its first `max_listed` entries,
    /// the counts have all.
    pub fn inspect(
        &mut self,
        body: usize,
        choices: u32,
        max_bytes: usize,
        max_pairs: usize,
        max_output: usize,
        max_listed: usize,
    ) -> u32 {
        let options = options(choices, max_bytes, max_pairs, max_output);
        self.write(body, &mut |input, out| {
            // Refuse what a conversion refuses.
            options.append_to_vec(input, out)?;
            out.clear();
            inspect(input, choices, &options, max_listed, out)
        })
    }

    /// Begins a body that comes in chunks.
    pub fn stream(
        &mut self,
        choices: u32,
        max_bytes: usize,
        max_pairs: usize,
        max_output: usize,
        max_held: usize,
    ) {
        let options = options(choices, max_bytes, max_pairs, max_output);
        self.transcoder = Some(Transcoder::new(options.max_held(max_held)));
        self.report_dropped = flag(choices, bit::REPORT_DROPPED);
    }

    /// Converts a chunk, the first `len` bytes of the input. The largest `len` ends the body.
    pub fn push(&mut self, len: usize) -> u32 {
        let Converter { transcoder: Some(transcoder), input, output, dropped, .. } = self else {
            return Status::OutOfMemory as u32;
        };
        dropped.clear();
        let mut is_complete = true;
        let mut on_dropped = |it: Dropped<'_>| {
            is_complete &= dropped.try_reserve(1).is_ok();
            if is_complete {
                dropped.push([it.offset, it.reason as usize]);
            }
        };
        let chunk = input.get(..len).unwrap_or_default();
        let done = match (len, self.report_dropped) {
            (usize::MAX, false) => transcoder.finish(),
            (usize::MAX, true) => transcoder.finish_with(&mut on_dropped),
            (_, false) => transcoder.push(chunk),
            (_, true) => transcoder.push_with(chunk, &mut on_dropped),
        };
        let (status, out, len, offset, limit) = match done {
            Ok(_) if !is_complete => (Status::OutOfMemory, 0, 0, 0, 0),
            Ok(out) => (Status::Done, out.as_ptr() as usize, out.len(), 0, 0),
            Err(error) => {
                let (status, limit) = refusal(&error, output);
                (status, 0, 0, error.offset().unwrap_or_default(), limit)
            }
        };
        *self.report = [out, len, offset, limit, dropped.as_ptr() as usize, dropped.len()];
        status as u32
    }
}

impl Converter {
    /// Lets `write` convert the first `len` bytes of the input, and reports the result.
    fn write(&mut self, len: usize, write: &mut Write<'_>) -> u32 {
        self.output.clear();
        let input = self.input.get(..len).unwrap_or_default();
        // Most JSON fits, so it is not copied while it grows. Measured by the input's capacity, it
        // grows when the input does and at no other time.
        let room = self.input.len() + self.input.len() / 4;
        if self.output.capacity() < room {
            self.output = Vec::new();
        }
        let (status, offset, limit) = if self.output.try_reserve_exact(room).is_err() {
            (Status::OutOfMemory, 0, 0)
        } else {
            match write(input, &mut self.output) {
                Ok(()) => (Status::Done, 0, 0),
                Err(error) => {
                    let (status, limit) = refusal(&error, &mut self.output);
                    (status, error.offset().unwrap_or_default(), limit)
                }
            }
        };
        *self.report = [self.output.as_ptr() as usize, self.output.len(), offset, limit, 0, 0];
        status as u32
    }
}

/// The status and the limit of an error. Its name, if it has one, becomes the output.
fn refusal(error: &Error, output: &mut Vec<u8>) -> (Status, usize) {
    match *error {
        Error::TooManyBytes { max } => (Status::TooManyBytes, max),
        Error::TooManyPairs { max, .. } => (Status::TooManyPairs, max),
        Error::TooMuchOutput { max, .. } => (Status::TooMuchOutput, max),
        Error::TooMuchHeld { max, .. } => (Status::TooMuchHeld, max),
        Error::InvalidUtf8 { .. } => (Status::InvalidUtf8, 0),
        Error::MemberExists { ref name } => {
            output.extend_from_slice(name.as_bytes());
            (Status::MemberExists, 0)
        }
        // `OutOfMemory`, and whatever the enumeration gets.
        _ => (Status::OutOfMemory, 0),
    }
}

/// The lowest bit of each option in the number `choices`.
mod bit {
    pub(crate) const RULES: u32 = 0;
    pub(crate) const DECODE: u32 = 1;
    pub(crate) const STRICT: u32 = 2;
    pub(crate) const DUPLICATES: u32 = 3;
    pub(crate) const REPORT_DROPPED: u32 = 6;
    pub(crate) const AROUND: u32 = 7;
    /// The output becomes a string of JavaScript, which replaces invalid UTF-8.
    pub(crate) const TEXT: u32 = 8;
}

/// The options in `choices`, with the limits.
fn options(choices: u32, max_bytes: usize, max_pairs: usize, max_output: usize) -> Options {
    Options::new()
        .rules(rules(choices))
        .decode(decode(choices))
        .utf8(if flag(choices, bit::STRICT) { Utf8::Strict } else { Utf8::Replace })
        .leave_invalid_utf8(flag(choices, bit::TEXT))
        .duplicates(pick(Duplicates::ALL, choices >> bit::DUPLICATES & 7))
        .max_bytes(max_bytes)
        .max_pairs(max_pairs)
        .max_output(max_output)
}

fn rules(choices: u32) -> Rules {
    pick(Rules::ALL, choices >> bit::RULES & 1)
}

fn decode(choices: u32) -> bool {
    flag(choices, bit::DECODE)
}

fn flag(choices: u32, bit: u32) -> bool {
    choices >> bit & 1 == 1
}

/// The variant with that number; the default if there is none.
fn pick<T: Copy + Default>(variants: &[T], number: u32) -> T {
    variants.get(number as usize).copied().unwrap_or_default()
}

/// The event of `body` with the strings of a block, which begins with `headers` headers.
fn event<'a>(
    body: &'a [u8],
    mut strings: Strings<'a>,
    headers: usize,
    options: Options,
) -> Event<'a> {
    let mut event = Event::new(body).options(options);
    for _ in 0..headers {
        event = event.header(strings.take(), strings.take());
    }
    event = event.stage(strings.take());
    event = event.source_ip(strings.take());
    event = event.user_agent(strings.take());
    while !strings.lengths.is_empty() {
        event = event.extra(strings.take(), strings.take());
    }
    event
}

fn inspect(
    body: &[u8],
    choices: u32,
    options: &Options,
    max_listed: usize,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let decode = decode(choices);
    let (mut pairs, mut dropped) = (0, 0);
    let mut list = Vec::new();
    out.extend_from_slice(b"{\"pairs\":[");
    for segment in rules(choices).segments(body) {
        match segment {
            Ok(pair) => {
                pairs += 1;
                if pairs <= max_listed {
                    text(out, b"{\"key\":", pair.key, decode);
                    text(out, b",\"value\":", pair.value, decode);
                    number(out, b",\"offset\":", pair.offset);
                    out.extend_from_slice(b"},");
                }
            }
            Err(it) => {
                dropped += 1;
                if dropped <= max_listed {
                    number(&mut list, b"{\"offset\":", it.offset);
                    text(&mut list, b",\"text\":", it.text, false);
                    text(&mut list, b",\"reason\":", it.reason.as_str().as_bytes(), false);
                    list.extend_from_slice(b"},");
                }
            }
        }
    }
    end_list(out);
    out.extend_from_slice(b",\"dropped\":[");
    out.extend_from_slice(&list);
    end_list(out);
    let repeated = options.repeated_keys(body)?;
    out.extend_from_slice(b",\"repeated\":[");
    for it in repeated.iter().take(max_listed) {
        text(out, b"{\"key\":", it.key.as_bytes(), false);
        number(out, b",\"offset\":", it.offset);
        number(out, b",\"count\":", it.count);
        out.extend_from_slice(b"},");
    }
    end_list(out);
    number(out, b",\"counts\":{\"pairs\":", pairs);
    number(out, b",\"dropped\":", dropped);
    number(out, b",\"repeated\":", repeated.len());
    out.extend_from_slice(b"}}");
    Ok(())
}

/// Writes a member whose value is a string, after `name`.
#[inline(never)]
fn text(out: &mut Vec<u8>, name: &[u8], raw: &[u8], decode: bool) {
    out.extend_from_slice(name);
    if decode {
        formevent::append_json_string(&*formevent::decode(raw), out);
    } else {
        formevent::append_json_string(raw, out);
    }
}

/// Writes a member whose value is a number, after `name`.
#[inline(never)]
fn number(out: &mut Vec<u8>, name: &[u8], number: usize) {
    out.extend_from_slice(name);
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Ends a list, without the comma after its last item.
fn end_list(out: &mut Vec<u8>) {
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b']');
}

/// The strings of an event, one after another.
struct Strings<'a> {
    /// Four bytes for each string that is left.
    lengths: &'a [u8],
    text: &'a [u8],
}

impl<'a> Strings<'a> {
    fn new(block: &'a [u8], strings: usize) -> Self {
        let (lengths, text) = block.split_at((strings * 4).min(block.len()));
        Strings { lengths, text }
    }

    /// The next string, or an empty one at the end.
    fn take(&mut self) -> &'a [u8] {
        let Some((length, lengths)) = self.lengths.split_first_chunk() else { return b"" };
        self.lengths = lengths;
        let bytes = bytes(self.text, u32::from_le_bytes(*length) as usize);
        let (string, rest) = self.text.split_at(bytes);
        self.text = rest.get(1..).unwrap_or_default();
        string
    }
}

/// How many bytes of `text`, which is UTF-8, become `units` code units of UTF-16.
fn bytes(text: &[u8], units: usize) -> usize {
    let mut left = units;
    text.iter()
        .position(|&byte| {
            // A character of four bytes has two units, any other has one. Counted at its first byte.
            let begins = match byte {
                0x80..=0xBF => return false,
                0xF0.. => 2,
                _ => 1,
            };
            let ended = left == 0;
            left = left.saturating_sub(begins);
            ended
        })
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;
    use formevent::DropReason;

    /// `TooManyBytes` as `too-many-bytes`.
    fn kebab(variant: impl Debug) -> String {
        let mut name = String::new();
        for letter in format!("{variant:?}").chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    fn list<T: Debug + Copy>(name: &str, variants: &[T], number: impl Fn(T) -> usize) -> String {
        assert!(variants.iter().enumerate().all(|(at, &variant)| number(variant) == at));
        let names: Vec<_> = variants.iter().map(|it| format!("{:?}", kebab(it))).collect();
        format!("export const {name} = [{}] as const;", names.join(", "))
    }

    #[test]
    fn typescript_has_the_same_numbers() {
        use Status::{
            Done, InvalidUtf8, MemberExists, OutOfMemory, TooManyBytes, TooManyPairs, TooMuchHeld,
            TooMuchOutput,
        };
        let statuses = [
            Done,
            TooManyBytes,
            TooManyPairs,
            TooMuchOutput,
            TooMuchHeld,
            InvalidUtf8,
            MemberExists,
            OutOfMemory,
        ];
        for &reason in DropReason::ALL {
            assert_eq!(kebab(reason), reason.as_str());
        }
        let at = |choices| options(choices, 1, 2, 3);
        assert_eq!(at(1 << bit::TEXT), at(0).leave_invalid_utf8(true));
        assert_eq!(at(1 << bit::STRICT | 1 << bit::TEXT), at(1 << bit::STRICT));
        assert_eq!(at(1 << bit::DECODE | 1 << bit::STRICT), at(0).decode(true).utf8(Utf8::Strict));
        let expected = [
            list("STATUSES", &statuses, |status| status as usize),
            list("REASONS", DropReason::ALL, |reason| reason as usize),
            list("RULES", Rules::ALL, |rules| rules as usize),
            list("DUPLICATES", Duplicates::ALL, |duplicates| duplicates as usize),
            format!(
                "export enum BIT {{ rules = {}, decode = {}, strict = {}, duplicates = {}, reportDropped = {}, around = {}, text = {}, }}",
                bit::RULES,
                bit::DECODE,
                bit::STRICT,
                bit::DUPLICATES,
                bit::REPORT_DROPPED,
                bit::AROUND,
                bit::TEXT
            ),
        ];
        // However the formatter breaks the lines.
        let plain = |code: &str| {
            let code: String = code.split_whitespace().collect();
            code.replace(",]", "]").replace(",}", "}")
        };
        let typescript = plain(include_str!("../ts/abi.ts"));
        for line in expected {
            assert!(typescript.contains(&plain(&line)), "ts/abi.ts must have\n{line}");
        }
    }
}
