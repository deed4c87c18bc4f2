//! The fast path with each scanner of this machine against the slow path.

use alloc::vec::Vec;

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::blocks::Blocks;

use super::decoding::{AT_RUN_TIME, PERCENT, RAW};
use super::{MemberWriter, Rules};
#[cfg(test)]
use crate::Utf8;
use crate::limits::Progress;
use crate::scan::tests::{Numbers, Ran, on_every};
use crate::scan::{Scan, WithScan};
use crate::{Options, json, object};

/// The bytes in the buffer before the members.
const BEFORE: &[u8] = b"before";

/// Writes the members of a body. `None` if the fast path falls back.
#[derive(Clone, Copy)]
struct Write<'b> {
    body: &'b [u8],
    options: &'b Options,
    max_output: usize,
}

impl WithScan for Write<'_> {
    type Output = Option<Vec<u8>>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        let out = self.write(With(scan));
        // Deciding at run time, as wasm does, must make no difference.
        assert_eq!(self.write_in::<AT_RUN_TIME>(With(scan)), out);
        out
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn with_blocks<S: Blocks>(self, simd: S, scan: impl Scan) -> Self::Output {
        self.write(WithBlocks(simd, scan))
    }
}

/// Runs work with one scanner, as `dispatch` does with the best.
trait Dispatch: Copy {
    fn dispatch<T: WithScan>(self, work: T) -> T::Output;
}

#[derive(Clone, Copy)]
struct With<S>(S);

impl<S: Scan> Dispatch for With<S> {
    #[inline(always)]
    fn dispatch<T: WithScan>(self, work: T) -> T::Output {
        work.with_scan(self.0)
    }
}

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
#[derive(Clone, Copy)]
struct WithBlocks<B, S>(B, S);

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
impl<B: Blocks, S: Scan> Dispatch for WithBlocks<B, S> {
    fn dispatch<T: WithScan>(self, work: T) -> T::Output {
        work.with_blocks(self.0, self.1)
    }
}

impl Write<'_> {
    #[inline(always)]
    fn write(self, dispatch: impl Dispatch) -> Option<Vec<u8>> {
        if self.options.decoding.percent {
            self.write_in::<PERCENT>(dispatch)
        } else {
            self.write_in::<RAW>(dispatch)
        }
    }

    fn write_in<const MODE: u8>(self, dispatch: impl Dispatch) -> Option<Vec<u8>> {
        let Write { body, options, max_output } = self;
        let limit = BEFORE.len().saturating_add(max_output);
        let mut out = BEFORE.to_vec();
        let run = |chunks: super::Chunks<'_, '_, MODE>| dispatch.dispatch(chunks);
        let mut writer = json::Writer::new(&mut out, limit, limit);
        let mut progress = Progress::default();
        let progress = &mut progress;
        let has_dropped =
            MemberWriter::write(&mut writer, body, options, progress, true, run).ok()?;
        assert_eq!(progress.pairs, options.rules.pairs(body).count());
        // It may take an empty segment for a dropped one, but not the other way round.
        assert!(has_dropped || options.dropped(body).next().is_none());
        Some(out)
    }
}

/// Both rules, raw and decoded.
fn all_options() -> impl Iterator<Item = Options> {
    [Rules::Template, Rules::Whatwg]
        .into_iter()
        .flat_map(|rules| [false, true].map(|decode| Options::new().rules(rules).decode(decode)))
}

/// Writes with the slow path. `None` on an error.
fn slow(body: &[u8], options: &Options, max_output: usize) -> Option<Vec<u8>> {
    let mut out = BEFORE.to_vec();
    let written = json::append(&mut out, max_output, |out| {
        options.check_len(body.len())?;
        object::write_slowly(out, body, options, &mut Progress::default(), true)
    });
    written.is_ok().then_some(out)
}

/// Writes with the fast path as the crate does, and its best scanner. `None` if it falls back.
fn fast(body: &[u8], options: &Options, max_output: usize) -> Option<Vec<u8>> {
    let limit = BEFORE.len().saturating_add(max_output);
    let mut out = BEFORE.to_vec();
    let mut writer = json::Writer::new(&mut out, limit, limit);
    super::write(&mut writer, body, options, &mut Progress::default(), true).ok()?;
    Some(out)
}

/// Compares them for one body.
pub(crate) fn check(body: &[u8]) {
    for options in all_options() {
        let expected = slow(body, &options, usize::MAX);
        assert_eq!(fast(body, &options, usize::MAX), expected, "{}", body.escape_ascii());
        for Ran { scanner, output, .. } in
            on_every(&Write { body, options: &options, max_output: usize::MAX })
        {
            let body = body.escape_ascii();
            assert_eq!(output, expected, "{scanner}, {options:?}: {body}");
        }
    }
}

/// Short text that means something to the fast path.
const SHORT: &[&[u8]] = &[
    b"&", b"&", b"=", b"=", b"&&", b"==", b"&=", b"=&", b"a=1&", b"x", b"+", b"%", b"%%", b"%4",
    b"%4g", b"%41", b"%2b", b"%00", b"%22", b"%5C", b"%c3", b"%FF", b"\"", b"\\", b"\0", b"\x1F",
    b"\x7F", b"\xC3", b"\xFF", b"%3D%26",
];

/// Longer text.
const LONG: &[&[u8]] = &[
    b"&long-enough=value&",
    b"the quick brown fox jumps over it",
    b"%C3%A9",
    b"%E3%81%82",
    b"%E3%81%82%E3%81%84%E3%81%86%E3%81%88%E3%81%8A%E3%81%8B",
    b"%41%42%43%44%45%46%47%48%49%4a%4b%4c%4d%4e%4f%50%51%52",
    b"%F0%9F%98%80",
    b"\x08\t\n\x0C\r",
    b"\x1F\x1F\x1F\x1F\x1F\x1F\x1F\x1F",
    b"\xC3\xA9\xE3\x81\x82\xE3\x81\xED\xA0\x80\xF0\x9F\x98\x80",
];

/// A body of `len` bytes, of a few pieces that come again: bodies of all pieces would all be alike.
fn body(numbers: &mut Numbers, len: usize) -> Vec<u8> {
    let few = numbers.below(6) + 1;
    let pieces: Vec<&[u8]> = (0..few)
        .map(|_| if numbers.below(4) == 0 { numbers.pick(LONG) } else { numbers.pick(SHORT) })
        .collect();
    let longest = numbers.pick(&[1, 4, 40, 300]);
    let mut body = Vec::new();
    while body.len() < len {
        body.extend_from_slice(numbers.pick(&pieces));
        body.resize(body.len() + numbers.below(longest), b'x');
    }
    body.truncate(len);
    body
}

#[test]
fn random_bodies() {
    let mut numbers = Numbers::new();
    for len in 0..1_500 {
        check(&body(&mut numbers, len));
    }
}

/// Texts of regular blocks.
const REGULAR: [&[u8]; 20] = [
    b"",
    b"x",
    b"+",
    b"%41",
    b"%2b",
    b"%26",
    b"%3D",
    b"%25",
    b"%",
    b"%4",
    b"%zz",
    b"%22",
    b"%5c",
    b"%0D%0A",
    b"%09",
    b"%E3%81%82",
    b"\"",
    b"\\",
    b"\x08\x0C",
    b"\xC3\xA9",
];

/// At least `len` bytes of pairs and text of all lengths, so that everything comes to stand at every
/// place of a block. Lets `add` add to each pair.
fn pairs(
    numbers: &mut Numbers,
    len: usize,
    mut add: impl FnMut(&mut Numbers, &mut Vec<u8>),
) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < len {
        if !body.is_empty() {
            body.push(b'&');
        }
        for (before, longest) in [(&b"k"[..], 12), (b"=", 40)] {
            body.extend_from_slice(before);
            for _ in 0..numbers.below(4) {
                let text = numbers.pick(&REGULAR);
                body.extend_from_slice(text);
                body.resize(body.len() + numbers.below(longest), b'x');
            }
        }
        add(numbers, &mut body);
    }
    body
}

#[test]
fn regular_bodies() {
    // Now and then something that is not regular, and long text that is all alike.
    const RARE: [&[u8]; 8] =
        [b"&", b"&&", b"&x", b"&=x", b"=", b"\x01", b"%00", b"%E3%81%82%E3%81%84"];
    let mut numbers = Numbers::new();
    for round in 0..3_000 {
        check(&pairs(&mut numbers, 40 * (round % 40), |numbers, body| {
            if numbers.below(8) == 0 {
                let rare = numbers.pick(&RARE);
                body.extend(rare.repeat(1 + 200 * numbers.below(2)));
            }
        }));
    }
}

/// Writes regular blocks at the beginning of a body. Returns how many bytes follow; `None` with a scanner
/// that has no such blocks.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
#[derive(Clone, Copy)]
struct WriteRegular<'b>(&'b [u8], Options);

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
impl WithScan for WriteRegular<'_> {
    type Output = Option<usize>;

    fn with_scan<S: Scan>(self, _: S) -> Self::Output {
        None
    }

    fn with_blocks<S: Blocks>(self, simd: S, _: impl Scan) -> Self::Output {
        if self.1.decoding.percent { self.left::<PERCENT>(simd) } else { self.left::<RAW>(simd) }
    }
}

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
impl WriteRegular<'_> {
    fn left<const MODE: u8>(self, simd: impl Blocks) -> Option<usize> {
        let WriteRegular(body, options) = self;
        let (mut out, mut left) = (Vec::new(), None);
        let mut writer = json::Writer::new(&mut out, usize::MAX, usize::MAX);
        let run = |chunks: super::Chunks<'_, '_, MODE>| {
            chunks.0.write_regular(simd)?;
            left = Some(chunks.0.rest.len());
            Err(super::Fallback)
        };
        let _ =
            MemberWriter::write(&mut writer, body, &options, &mut Progress::default(), true, run);
        left
    }
}

#[test]
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
fn regular_blocks_are_written_up_to_the_first_that_is_not() {
    // The results are right even if it gives up early: the chunks write what it leaves.
    const BLOCK: usize = 64;
    let mut numbers = Numbers::new();
    for round in 0..400 {
        let regular = pairs(&mut numbers, 17 + 2 * round, |_, _| ());
        for rare in [&b""[..], b"&", b"&x", b"&=x", b"=", b"\x01"] {
            let rest = if rare.is_empty() { Vec::new() } else { [rare, b"&", &regular].concat() };
            let body = [&regular[..], &rest].concat();
            for options in all_options() {
                for Ran { output, .. } in on_every(&WriteRegular(&body, options)) {
                    let most = if rare.is_empty() { 0 } else { rest.len() + BLOCK - 1 };
                    let body = body.escape_ascii();
                    assert!(
                        output.is_none_or(|left| left <= most),
                        "{output:?}, {options:?}: {body}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_dropped_segment_that_ends_late() {
    // Its text is truncated, even if it began several chunks before or at the very edge of one, and
    // the next pair takes its place.
    let firsts: [&[u8]; 5] = [b"", b"&", b"k=v&", b"a=b=c&k=v&", b"%41=1&"];
    let lens = (0..80).chain(230..290).chain((500..2_100).step_by(37));
    for (len, first) in lens.zip(firsts.into_iter().cycle()) {
        for byte in [b'x', b'"', 1, 0xE9] {
            let long = [byte].repeat(len);
            for (before, after) in [
                (&b""[..], &b""[..]),
                (b"", b"&k=v"),
                (b"", b"&&&x&k=v&"),
                (b"", b"=v&k=v"),
                (b"a=", b"=c&k=v"),
                (b"a=", b"&x&k=v"),
                (b"=", b"&k=v"),
            ] {
                check(&[first, before, &long, after].concat());
            }
        }
    }
}

#[test]
fn keys_and_values_of_every_length() {
    let values: [&[u8]; 4] = [b"x", b"+", b"\\", "\u{E9}".as_bytes()];
    for len in 0..=600 {
        for value in values {
            let text: Vec<u8> = value.iter().copied().cycle().take(len).collect();
            check(&[b"k=", &text[..], b"&last=1"].concat());
            check(&[b"first=1&", &text[..], b"=v&last=1"].concat());
        }
    }
}

#[test]
fn runs_of_percent_encoded_bytes() {
    let run = b"%E3%81%82".repeat(80);
    for begin in (0..80).step_by(7) {
        let filler = b"x".repeat(begin);
        // Of all lengths, so that it is cut within a `%XX` as well.
        for len in (0..110).chain((110..run.len()).step_by(23)) {
            check(&[b"k=", &filler[..], &run[..len], b"&last=1"].concat());
        }
        for other in [
            &b"%22"[..],
            b"%5c",
            b"%00",
            b"%4",
            b"%",
            b"+",
            b"&",
            b"=",
            b"\xFF",
            b"%\xB12",
            b"%1\xB2",
        ] {
            for at in [0, 3, 45, 48, 51, 300] {
                let body = [b"k=", &filler[..], &run[..at], other, &run, b"&last=1"];
                check(&body.concat());
            }
        }
    }
}

#[test]
fn runs_longer_than_the_spare_capacity() {
    for (encoded, len) in [(&b"%E3%81%82"[..], 1_300), (b"%41", 3_000), (b"%FF", 2_500)] {
        let run = encoded.repeat(len);
        for begin in 0..3 {
            check(&[b"k=", &b"xx"[..begin], &run, b"&last=1"].concat());
            check(&[b"first=1&", &b"xx"[..begin], &run, b"&dropped=", &run, b"=&last=1"].concat());
        }
    }
}

#[test]
fn text_longer_than_the_capacity() {
    // Escapes take what was reserved for the text after them, which ends at every place of it.
    for escaped in 4_000..4_260 {
        let escaped = b"\"".repeat(escaped);
        for text in [&b"x"[..], b"%41"] {
            check(&[b"k=", &escaped[..], &text.repeat(2_000)].concat());
        }
    }
}

#[test]
fn two_bytes_that_are_not_utf8() {
    // Blocks are scanned in pairs; a byte at the same place in both still counts.
    for distance in [1, 8, 16, 32, 64, 256] {
        for at in 2..80 {
            let mut body = b"k=".to_vec();
            body.resize(400, b'x');
            (body[at], body[at + distance]) = (0xFF, 0xFF);
            check(&body);
        }
    }
}

#[test]
fn many_ampersands() {
    for many in 0..600 {
        let many = b"&".repeat(many);
        check(&[b"a=1", &many[..], b"b=2&c", &many, b"d=4"].concat());
    }
}

#[test]
fn limits_are_never_passed_unnoticed() {
    let mut numbers = Numbers::new();
    let mut bodies: Vec<Vec<u8>> = (1..=16).map(|len| b"a=1&b=2&c=3&d=45"[..len].into()).collect();
    bodies.extend((0..1_000).step_by(7).map(|len| body(&mut numbers, len)));
    for body in bodies {
        for options in all_options() {
            let whole = slow(&body, &options, usize::MAX).unwrap().len() - BEFORE.len();
            let pairs = options.pairs(&body, Progress::default()).count();
            for (max_pairs, max_output, utf8) in [
                (pairs, whole, Utf8::Replace),
                (pairs, whole, Utf8::Strict),
                (pairs, whole.saturating_sub(1), Utf8::Replace),
                (pairs, numbers.below(whole + 1), Utf8::Replace),
                (pairs.saturating_sub(1), whole, Utf8::Replace),
                (pairs.saturating_sub(1), usize::MAX, Utf8::Replace),
                (numbers.below(pairs + 1), whole, Utf8::Replace),
            ] {
                let options = options.max_pairs(max_pairs).utf8(utf8);
                let expected = slow(&body, &options, max_output);
                if let Some(fast) = fast(&body, &options, max_output) {
                    assert_eq!(Some(fast), expected, "{options:?}: {}", body.escape_ascii());
                }
                for Ran { scanner, output, .. } in
                    on_every(&Write { body: &body, options: &options, max_output })
                {
                    // It may fall back too early.
                    if output.is_some() {
                        let body = body.escape_ascii();
                        assert_eq!(output, expected, "{scanner}, {options:?}: {body}");
                    }
                }
            }
        }
    }
}
