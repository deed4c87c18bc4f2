//! The limits on a body, checked while its pairs are read.

use crate::split::{Pair, Pairs};
use crate::{Error, Options};

/// How much of a body earlier parts held. Both numbers saturate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) pairs: usize,
    pub(crate) bytes: usize,
}

impl Options {
    /// Fails if a body of `len` bytes is too long.
    pub(crate) fn check_len(&self, len: usize) -> Result<(), Error> {
        if len > self.limits.bytes {
            return Err(Error::TooManyBytes { max: self.limits.bytes });
        }
        Ok(())
    }

    /// The pairs of `part`, with offsets in the body, up to the first beyond `max_pairs`.
    pub(crate) fn pairs<'a>(&self, part: &'a [u8], before: Progress) -> LimitedPairs<'a> {
        LimitedPairs { pairs: self.rules.pairs(part), progress: before, max: self.limits.pairs }
    }
}

pub(crate) struct LimitedPairs<'a> {
    pairs: Pairs<'a>,
    /// Counts the pairs that were read.
    progress: Progress,
    max: usize,
}

impl<'a> Iterator for LimitedPairs<'a> {
    type Item = Result<Pair<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Progress { pairs, bytes } = &mut self.progress;
        let mut pair = self.pairs.next()?;
        pair.offset = pair.offset.saturating_add(*bytes);
        if let Err(error) = check_pairs(*pairs, self.max, pair.offset) {
            return Some(Err(error));
        }
        *pairs = pairs.saturating_add(1);
        Some(Ok(pair))
    }
}

/// Fails if there may be no pair at `offset` after as many as were `read`.
#[inline]
pub(crate) fn check_pairs(read: usize, max: usize, offset: usize) -> Result<(), Error> {
    if read >= max && max != usize::MAX {
        return Err(Error::TooManyPairs { max, offset });
    }
    Ok(())
}
