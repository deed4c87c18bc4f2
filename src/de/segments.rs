//! Finds the positions of pairs, a batch at a time. It states the rule of `split.rs` once more, for speed. It also
//! notes which keys and values have a `%` or a `+`, so most of them need no second look.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

use crate::scan::{self, BLOCK, Scan, WithScan};
use crate::{Options, Rules};

/// How many bytes are looked at together.
const WIDTH: usize = 2 * BLOCK;

/// How many pairs are found together.
pub(super) const BATCH: usize = 16;

/// The place of a key or a value in the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it is decoded and has a `%` or a `+`.
    pub(super) is_encoded: bool,
}

/// The place of a pair in the body.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field {
    start: usize,
    key_end: usize,
    end: usize,
    /// `HAS_EQUALS`, `KEY_IS_ENCODED` and `VALUE_IS_ENCODED`. A number, since only numbers are copied and zeroed fast.
    flags: usize,
}

const HAS_EQUALS: usize = 1;
const KEY_IS_ENCODED: usize = 2;
const VALUE_IS_ENCODED: usize = 4;

impl Field {
    #[inline]
    pub(super) fn key(self) -> Span {
        let is_encoded = self.flags & KEY_IS_ENCODED != 0;
        Span { start: self.start, end: self.key_end, is_encoded }
    }

    #[inline]
    pub(super) fn value(self) -> Span {
        let is_encoded = self.flags & VALUE_IS_ENCODED != 0;
        Span { start: self.key_end + (self.flags & HAS_EQUALS), end: self.end, is_encoded }
    }

    /// The key at `start` and the value at `start + 1`, which have no lengths.
    pub(super) fn of_event(start: usize, key_is_encoded: bool, value_is_encoded: bool) -> Self {
        let flags = HAS_EQUALS
            | if key_is_encoded { KEY_IS_ENCODED } else { 0 }
            | if value_is_encoded { VALUE_IS_ENCODED } else { 0 };
        Field { start, key_end: start, end: start, flags }
    }
}

/// Finds the pairs of a body.
#[derive(Clone, Debug)]
pub(super) struct Segments {
    is_template: bool,
    decode: bool,
    /// The offset of the next segment.
    offset: usize,
    /// The offset of the block that the masks are of.
    block: usize,
    masks: Masks,
}

/// Bytes of a block that are not read yet, the lowest bit for the first.
#[derive(Clone, Copy, Debug, Default)]
struct Masks {
    ampersands: u64,
    equals: u64,
    /// `%` and `+`, if they are decoded.
    encoded: u64,
}

impl Segments {
    #[inline]
    pub(super) fn new(options: &Options, offset: usize) -> Self {
        Segments {
            is_template: options.rules == Rules::Template,
            decode: options.decoding.percent,
            offset,
            block: offset,
            masks: Masks::default(),
        }
    }

    /// The pair at an offset of `body`.
    pub(super) fn pair_at(offset: usize, body: &[u8], options: &Options) -> Field {
        let (mut segments, mut batch) = (Segments::new(options, offset), [Field::default()]);
        scan::baseline(Fill { segments: &mut segments, body, batch: &mut batch });
        let [field] = batch;
        field
    }

    /// Finds the next pairs, as many as `batch` holds, and returns their number: 0 at the end.
    pub(super) fn fill(&mut self, body: &[u8], batch: &mut [Field; BATCH]) -> usize {
        // Choosing a scanner takes as long as some pairs.
        if self.offset >= body.len() {
            0
        } else {
            scan::dispatch(Fill { segments: self, body, batch })
        }
    }
}

struct Fill<'s, 'b> {
    segments: &'s mut Segments,
    body: &'b [u8],
    batch: &'s mut [Field],
}

impl WithScan for Fill<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> usize {
        let Fill { segments, body, batch } = self;
        let Segments { is_template, decode, offset: mut start, block: mut at, masks } = *segments;
        let Masks { mut ampersands, mut equals, mut encoded } = masks;
        if at == start {
            // There is no block yet.
            Masks { ampersands, equals, encoded } = look(scan, body, at, decode);
        }
        let end = body.len();
        let mut segment = Segment::default();
        let most = batch.len();
        let mut rest = batch.iter_mut();
        while start < end {
            // The bits before the next `&`.
            let before = below_lowest(ampersands);
            segment.add(at, equals & before, encoded & before);
            let segment_end;
            if ampersands != 0 {
                segment_end = at + ampersands.trailing_zeros() as usize;
                ampersands &= ampersands - 1;
                equals &= !before;
                encoded &= !before;
            } else {
                at += WIDTH;
                if at < end {
                    Masks { ampersands, equals, encoded } = look(scan, body, at, decode);
                    continue;
                }
                segment_end = end;
            }
            let Segment { equals: first, more, key, value } = segment;
            let is_pair = if is_template {
                first != NONE && first > start && more == 0
            } else {
                segment_end > start
            };
            if is_pair {
                let Some(pair) = rest.next() else { break };
                let flag = |is_set, flag| if is_set { flag } else { 0 };
                *pair = Field {
                    start,
                    key_end: first.min(segment_end),
                    end: segment_end,
                    flags: flag(first != NONE, HAS_EQUALS)
                        | flag(key != 0, KEY_IS_ENCODED)
                        | flag(value != 0, VALUE_IS_ENCODED),
                };
            }
            segment = Segment::default();
            start = segment_end + 1;
            if rest.len() == 0 {
                break;
            }
        }
        let masks = Masks { ampersands, equals, encoded };
        *segments = Segments { is_template, decode, offset: start, block: at, masks };
        most - rest.len()
    }
}

/// No position.
const NONE: usize = usize::MAX;

/// The part of a segment that was looked at.
struct Segment {
    /// The position of its first `=`.
    equals: usize,
    /// Not 0 if it has more `=`.
    more: u64,
    /// Not 0 if its key or its value has an encoded byte.
    key: u64,
    value: u64,
}

impl Default for Segment {
    #[inline(always)]
    fn default() -> Self {
        Segment { equals: NONE, more: 0, key: 0, value: 0 }
    }
}

impl Segment {
    /// Adds the `=` and the encoded bytes of the block at `at` that are in it.
    #[inline(always)]
    fn add(&mut self, at: usize, equals: u64, encoded: u64) {
        if self.equals == NONE {
            let key = below_lowest(equals);
            self.key |= encoded & key;
            self.value |= encoded & !key;
            if equals != 0 {
                self.equals = at + equals.trailing_zeros() as usize;
                self.more = equals & (equals - 1);
            }
        } else {
            self.more |= equals;
            self.value |= encoded;
        }
    }
}

/// The bits below the lowest of `mask`; all if it has none.
#[inline(always)]
fn below_lowest(mask: u64) -> u64 {
    (mask & mask.wrapping_neg()).wrapping_sub(1)
}

/// Looks at the block at `at`.
#[inline(always)]
fn look<S: Scan>(scan: S, body: &[u8], at: usize, decode: bool) -> Masks {
    let rest = body.get(at..).unwrap_or_default();
    if let Some(block) = rest.first_chunk() {
        return masks(scan, block, decode);
    }
    if let Some(block) = body.last_chunk() {
        let Masks { ampersands, equals, encoded } = masks(scan, block, decode);
        // Drop the bytes before it.
        let known = WIDTH - rest.len();
        return Masks {
            ampersands: ampersands >> known,
            equals: equals >> known,
            encoded: encoded >> known,
        };
    }
    let mut block = [0; WIDTH];
    for (to, byte) in block.iter_mut().zip(rest) {
        *to = *byte;
    }
    masks(scan, &block, decode)
}

#[inline(always)]
fn masks<S: Scan>(scan: S, block: &[u8; WIDTH], decode: bool) -> Masks {
    let find = |needle| {
        let (blocks, _) = block.as_chunks::<BLOCK>();
        blocks
            .iter()
            .rev()
            .fold(0, |mask: u64, block| mask << BLOCK | u64::from(scan.find(block, needle)))
    };
    let encoded = if decode { find(b'%') | find(b'+') } else { 0 };
    Masks { ampersands: find(b'&'), equals: find(b'='), encoded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::{Numbers, Ran, on_every};
    use alloc::vec::Vec;

    /// Finds all pairs of a body, as keys and values.
    #[derive(Clone, Copy)]
    struct All<'b> {
        body: &'b [u8],
        options: &'b Options,
    }

    impl WithScan for All<'_> {
        type Output = Vec<[Span; 2]>;

        #[inline(always)]
        fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
            let All { body, options } = self;
            let mut segments = Segments::new(options, 0);
            let mut all = Vec::new();
            while segments.offset < body.len() {
                let mut batch = [Field::default(); BATCH];
                let fill = Fill { segments: &mut segments, body, batch: &mut batch };
                let len = fill.with_scan(scan);
                all.extend(batch[..len].iter().map(|field| [field.key(), field.value()]));
            }
            all
        }
    }

    #[test]
    fn every_scanner_finds_the_pairs_of_the_rules() {
        let mut numbers = Numbers::new();
        for round in 0..20_000 {
            let len = numbers.below(if round % 10 == 0 { 700 } else { 150 });
            let rare = numbers.below(60);
            let body: Vec<u8> = (0..len)
                .map(|_| if numbers.below(60) < rare { numbers.pick(b"&&=%+") } else { b'x' })
                .collect();
            for (rules, decode) in [
                (Rules::Template, false),
                (Rules::Template, true),
                (Rules::Whatwg, false),
                (Rules::Whatwg, true),
            ] {
                let options = Options::new().rules(rules).decode(decode);
                let expected: Vec<_> = rules
                    .pairs(&body)
                    .map(|pair| {
                        let is_encoded =
                            |text: &[u8]| decode && text.iter().any(|byte| b"%+".contains(byte));
                        let end = pair.offset + pair.key.len();
                        let start = end + usize::from(body.get(end) == Some(&b'='));
                        let key =
                            Span { start: pair.offset, end, is_encoded: is_encoded(pair.key) };
                        let end = start + pair.value.len();
                        [key, Span { start, end, is_encoded: is_encoded(pair.value) }]
                    })
                    .collect();
                for Ran { scanner, output, .. } in on_every(&All { body: &body, options: &options })
                {
                    assert_eq!(output, expected, "{scanner}: {}", body.escape_ascii());
                }
                for [key, value] in expected {
                    let field = Segments::pair_at(key.start, &body, &options);
                    assert_eq!([field.key(), field.value()], [key, value]);
                }
            }
        }
    }
}
