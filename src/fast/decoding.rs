//! Whether to percent-decode: known at compile time, or at run time to keep wasm small.

use crate::Options;

pub(super) const RAW: u8 = 0;
pub(super) const PERCENT: u8 = 1;
/// One copy of the code serves both.
pub(super) const AT_RUN_TIME: u8 = 2;

/// The bytes to look for. Constants unless `MODE` is [`AT_RUN_TIME`].
#[derive(Clone, Copy)]
pub(super) struct Decoding<const MODE: u8> {
    percent: u8,
    plus: u8,
}

impl<const MODE: u8> Decoding<MODE> {
    /// Whether this may percent-decode.
    pub(super) const DECODES: bool = MODE != RAW;
    const PERCENT: u8 = if MODE == PERCENT { b'%' } else { b'&' };
    const PLUS: u8 = if MODE == PERCENT { b'+' } else { b' ' };

    pub(super) fn of(options: &Options) -> Self {
        let (percent, plus) = if options.decoding.percent { (b'%', b'+') } else { (b'&', b' ') };
        Decoding { percent, plus }
    }

    /// `%`; or `&` to find no `%XX`, since `&` is structural anyway.
    #[inline(always)]
    pub(super) fn percent(self) -> u8 {
        if MODE == AT_RUN_TIME { self.percent } else { Self::PERCENT }
    }

    /// `+`; or a space to replace nothing.
    #[inline(always)]
    pub(super) fn plus(self) -> u8 {
        if MODE == AT_RUN_TIME { self.plus } else { Self::PLUS }
    }
}
