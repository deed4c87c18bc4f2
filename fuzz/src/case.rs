//! Reads a fuzzer's input: the first bytes choose options, the rest is the body.

use std::fmt;

use crate::model::{Options, Rules};
use crate::numbers::Numbers;
use crate::{model, subject};

/// Length of the choices: two bytes for the options, one for each limit, four for a seed.
pub const CHOICES: usize = 10;

#[derive(Clone)]
pub struct Case<'d> {
    /// Has no limits yet: see [`limited`](Self::limited).
    pub options: Options,
    /// One choice for each limit: see [`limit`].
    limits: [u8; 4],
    /// Cuts the body into chunks and picks the event's texts.
    pub numbers: Numbers,
    pub body: &'d [u8],
}

impl<'d> Case<'d> {
    pub fn read(data: &'d [u8]) -> Option<Case<'d>> {
        let (&[flags, mode, bytes, pairs, output, held, seed @ ..], body) =
            data.split_first_chunk::<CHOICES>()?;
        let max = usize::MAX;
        let options = Options {
            rules: if flags & 1 == 0 { Rules::Template } else { Rules::Whatwg },
            decode: flags & 2 != 0,
            strict: flags & 0x1C == 0x1C,
            duplicates: subject::DUPLICATES[usize::from(mode) % subject::DUPLICATES.len()],
            max_bytes: max,
            max_pairs: max,
            max_output: max,
            max_held: max,
        };
        let limits = [bytes, pairs, output, held];
        Some(Case { options, limits, numbers: Numbers::new(u32::from_le_bytes(seed).into()), body })
    }

    /// Returns the options with limits at or near the sizes of this body. `output` returns the length
    /// of its JSON without limits.
    pub fn limited(&self, output: impl FnOnce(&Options) -> usize) -> Options {
        let mut options = self.options;
        let [bytes, pairs, by_output, held] = self.limits;
        options.max_bytes = limit(bytes, || self.body.len());
        options.max_pairs = limit(pairs, || model::split(self.body, options.rules).0.len());
        options.max_held = limit(held, || {
            let longest = self.body.split(|&byte| byte == b'&').map(<[u8]>::len).max();
            longest.unwrap_or_default()
        });
        options.max_output = limit(by_output, || output(&self.options.lenient()));
        options
    }
}

/// Returns no limit for most choices. The others give `enough`, one less, one more, or a fraction.
fn limit(choice: u8, enough: impl FnOnce() -> usize) -> usize {
    match choice {
        0..0xC0 => usize::MAX,
        0xC0..0xC8 => enough(),
        0xC8..0xD0 => enough().saturating_sub(1),
        0xD0..0xD8 => enough() + 1,
        0xD8.. => enough() * usize::from(choice - 0xD8) / 0x28,
    }
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\" by {:?}", self.body.escape_ascii(), self.options)
    }
}
