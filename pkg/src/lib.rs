//! The wasm side of the npm package: bytes in linear memory in, bytes in linear memory out.
//!
//! One call of [`Converter`] is one crossing of the boundary. JavaScript writes what it has into
//! the input, calls with plain numbers, and reads from the report where the output stands or what
//! was wrong; messages are made there. Nothing here formats or panics with a message, which is
//! what keeps the module small.
//!
//! Numbers that both sides have to agree on are in `ts/abi.ts`, which a test holds to the
//! enumerations here.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;

use formevent::{Duplicates, Error, Event, Options, Rules, Stream};
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// What a call returns.
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

/// What makes the output of the input. Not generic, since each of its kinds has code of its own.
type Write<'w> = dyn FnMut(&[u8], &mut Vec<u8>) -> Result<(), Error> + 'w;

/// The buffers that one call leaves to the next.
#[wasm_bindgen]
#[derive(Default)]
pub struct Converter {
    input: Vec<u8>,
    output: Vec<u8>,
    stream: Option<Stream>,
    /// What the last chunk of the stream dropped: the offset and the number of the reason of each.
    dropped: Vec<[usize; 2]>,
    /// For JavaScript to read: where the output begins, its length, and of an error the offset and
    /// the limit; of what is dropped, where it begins and how many there are.
    report: Box<[usize; 6]>,
}

#[wasm_bindgen]
impl Converter {
    /// A converter without memory of its own but the report.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Converter {
        Converter::default()
    }

    /// Where the report stands, for as long as the converter lives.
    pub fn report(&self) -> *const usize {
        self.report.as_ptr()
    }

    /// Makes the input at least `len` bytes long, keeping the first `keep` of them: where it begins
    /// then, or null where there is no memory for it.
    pub fn reserve(&mut self, len: usize, keep: usize) -> *const u8 {
        if len > self.input.len() {
            // What nobody needs any more goes first, so that its place can be used again.
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

    /// The object of pairs of the first `body` bytes of the input.
    pub fn json(
        &mut self,
        body: usize,
        choices: u32,
        max_bytes: usize,
        max_pairs: usize,
        max_output: usize,
    ) -> u32 {
        let options = options(choices, max_bytes, max_pairs, max_output);
        self.write(body, &mut |input, out| options.write_json(input, out))
    }

    /// The event of the first `body` bytes of the input. The rest of its `len` bytes is a block of
    /// `strings` strings: first the length of each in UTF-16 code units as four bytes, little
    /// endian; then the strings in UTF-8, a byte between each and the next. They are `headers`
    /// names, each with its value, then the stage, the source address, the user agent, and the
    /// extra members, each a name and a value.
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
        self.write(len, &mut |input, out| {
            let (body, block) = input.split_at(body.min(input.len()));
            event(body, Strings::new(block, strings), headers, options).write_json(out)
        })
    }

    /// An event without its object of pairs, which a stream writes: the report's offset is where in
    /// the output that object belongs. The first `len` bytes of the input are a block of `strings`
    /// strings, as for `event`.
    pub fn around(&mut self, len: usize, strings: usize, headers: usize, choices: u32) -> u32 {
        let options = options(choices, usize::MAX, usize::MAX, usize::MAX);
        let mut pairs = 0;
        let status = self.write(len, &mut |block, out| {
            let event = event(b"", Strings::new(block, strings), headers, options);
            event.write_before_pairs(out)?;
            pairs = out.len();
            event.write_after_pairs(out)
        });
        if status == Status::Done as u32 {
            self.report[2] = pairs;
        }
        status
    }

    /// What the first `body` bytes of the input hold, as JSON: `{"pairs":[{"key":…,"value":…,
    /// "offset":…},…],"dropped":[{"offset":…,"text":…,"reason":…},…],"counts":{"pairs":…,
    /// "dropped":…}}`. Each list has its first `max_listed` entries, the counts have all.
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
            // Whatever is refused there is refused here.
            options.write_json(input, out)?;
            out.clear();
            inspect(input, choices, &options, max_listed, out);
            Ok(())
        })
    }

    /// Begins a stream.
    pub fn stream(
        &mut self,
        choices: u32,
        max_bytes: usize,
        max_pairs: usize,
        max_output: usize,
        max_held: usize,
    ) {
        let options = options(choices, max_bytes, max_pairs, max_output);
        let report = choices >> bit::REPORT_DROPPED & 1 == 1;
        self.stream = Some(Stream::new(options).max_held(max_held).report_dropped(report));
    }

    /// What the stream makes of a chunk, the first `len` bytes of the input; or, of the largest `len`,
    /// of the body's end.
    pub fn push(&mut self, len: usize) -> u32 {
        let Some(stream) = &mut self.stream else { return Status::OutOfMemory as u32 };
        let done = match len {
            usize::MAX => stream.finish(),
            len => stream.push(self.input.get(..len).unwrap_or_default()),
        };
        let (status, out, len, offset, limit) = match done {
            Ok(out) => (Status::Done, out.as_ptr() as usize, out.len(), 0, 0),
            Err(error) => {
                let (status, limit) = refusal(&error, &mut self.output);
                (status, 0, 0, error.offset().unwrap_or_default(), limit)
            }
        };
        self.dropped.clear();
        let dropped = stream.dropped();
        if self.dropped.try_reserve(dropped.len()).is_err() {
            return Status::OutOfMemory as u32;
        }
        self.dropped.extend(dropped.iter().map(|&(at, reason)| [at, reason as usize]));
        let dropped = self.dropped.as_ptr() as usize;
        *self.report = [out, len, offset, limit, dropped, self.dropped.len()];
        status as u32
    }
}

impl Converter {
    /// Lets `write` make the output of the first `len` bytes of the input, and reports.
    fn write(&mut self, len: usize, write: &mut Write<'_>) -> u32 {
        self.output.clear();
        let input = self.input.get(..len).unwrap_or_default();
        // The output of most bodies fits in, so that it need not be copied while it grows; and it
        // is measured by the input's memory, so that it grows when that does and at no other time.
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

/// The status and the limit of an error; a name that it has goes into the output.
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
        // The enumeration may grow; what it has now is above, and `OutOfMemory`.
        _ => (Status::OutOfMemory, 0),
    }
}

/// Where in the number `choices` each choice has its bits; `decode`, `strict` and `report_dropped`
/// have one.
mod bit {
    pub(crate) const RULES: u32 = 0;
    pub(crate) const DECODE: u32 = 1;
    pub(crate) const STRICT: u32 = 2;
    pub(crate) const DUPLICATES: u32 = 3;
    pub(crate) const REPORT_DROPPED: u32 = 5;
}

const RULES: [Rules; 2] = [Rules::Template, Rules::Whatwg];
const DUPLICATES: [Duplicates; 4] =
    [Duplicates::Keep, Duplicates::First, Duplicates::Last, Duplicates::Group];

/// The options that `choices` and the limits stand for.
fn options(choices: u32, max_bytes: usize, max_pairs: usize, max_output: usize) -> Options {
    Options::new()
        .rules(rules(choices))
        .decode(decode(choices))
        .strict_utf8(choices >> bit::STRICT & 1 == 1)
        .duplicates(DUPLICATES[(choices >> bit::DUPLICATES & 3) as usize])
        .max_bytes(max_bytes)
        .max_pairs(max_pairs)
        .max_output(max_output)
}

fn rules(choices: u32) -> Rules {
    RULES[(choices >> bit::RULES & 1) as usize]
}

fn decode(choices: u32) -> bool {
    choices >> bit::DECODE & 1 == 1
}

/// The event of `body` with the strings of a block, of which the first are `headers` headers.
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

fn inspect(body: &[u8], choices: u32, options: &Options, max_listed: usize, out: &mut Vec<u8>) {
    let decode = decode(choices);
    let text = |raw: &[u8], out: &mut Vec<u8>| {
        if decode {
            formevent::write_string(formevent::decode(raw).as_bytes(), out);
        } else {
            formevent::write_string(raw, out);
        }
    };
    let number = |number: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    };
    out.extend_from_slice(b"{\"pairs\":[");
    let mut separator: &[u8] = b"{\"key\":";
    let mut pairs = 0;
    for pair in rules(choices).pairs(body) {
        pairs += 1;
        if pairs > max_listed {
            continue;
        }
        out.extend_from_slice(separator);
        text(pair.key, out);
        out.extend_from_slice(b",\"value\":");
        text(pair.value, out);
        out.extend_from_slice(b",\"offset\":");
        number(pair.offset, out);
        out.push(b'}');
        separator = b",{\"key\":";
    }
    out.extend_from_slice(b"],\"dropped\":[");
    separator = b"{\"offset\":";
    let mut count = 0;
    for dropped in options.dropped(body) {
        count += 1;
        if count > max_listed {
            continue;
        }
        out.extend_from_slice(separator);
        number(dropped.offset, out);
        out.extend_from_slice(b",\"text\":");
        formevent::write_string(dropped.text, out);
        out.extend_from_slice(b",\"reason\":");
        formevent::write_string(dropped.reason.as_str().as_bytes(), out);
        out.push(b'}');
        separator = b",{\"offset\":";
    }
    out.extend_from_slice(b"],\"counts\":{\"pairs\":");
    number(pairs, out);
    out.extend_from_slice(b",\"dropped\":");
    number(count, out);
    out.extend_from_slice(b"}}");
}

/// The strings of an event, one after another.
struct Strings<'a> {
    /// Four bytes for each that is still to be taken.
    lengths: &'a [u8],
    text: &'a [u8],
}

impl<'a> Strings<'a> {
    fn new(block: &'a [u8], strings: usize) -> Self {
        let (lengths, text) = block.split_at((strings * 4).min(block.len()));
        Strings { lengths, text }
    }

    /// The next string; an empty one where there is none.
    fn take(&mut self) -> &'a [u8] {
        let Some((length, lengths)) = self.lengths.split_first_chunk() else { return b"" };
        self.lengths = lengths;
        let bytes = bytes(self.text, u32::from_le_bytes(*length) as usize);
        let (string, rest) = self.text.split_at(bytes);
        self.text = rest.get(1..).unwrap_or_default();
        string
    }
}

/// How many bytes of `text`, UTF-8, make `units` code units of UTF-16.
fn bytes(text: &[u8], units: usize) -> usize {
    let mut left = units;
    text.iter()
        .position(|&byte| {
            // A character has two units where it has four bytes, one else, counted at its first.
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
    use formevent::Reason;

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
        let reasons = [Reason::NoEquals, Reason::ManyEquals, Reason::EmptyKey];
        for reason in reasons {
            assert_eq!(kebab(reason), reason.as_str());
        }
        let at = |choices| options(choices, 1, 2, 3);
        assert_eq!(at(1 << bit::DECODE | 1 << bit::STRICT), at(0).decode(true).strict_utf8(true));
        let expected = [
            list("STATUSES", &statuses, |status| status as usize),
            list("REASONS", &reasons, |reason| reason as usize),
            list("RULES", &RULES, |rules| rules as usize),
            list("DUPLICATES", &DUPLICATES, |duplicates| duplicates as usize),
            format!(
                "export const BIT = {{ rules: {}, decode: {}, strict: {}, duplicates: {}, reportDropped: {} }} as const;",
                bit::RULES,
                bit::DECODE,
                bit::STRICT,
                bit::DUPLICATES,
                bit::REPORT_DROPPED
            ),
        ];
        // However it is formatted.
        let plain = |code: &str| {
            let code: String = code.split_whitespace().collect();
            code.replace(",]", "]").replace(",}", "}")
        };
        let typescript = plain(include_str!("../ts/abi.ts"));
        for line in expected {
            assert!(typescript.contains(&plain(&line)), "ts/abi.ts has to have\n{line}");
        }
    }
}
