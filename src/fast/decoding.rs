//! Whether to percent-decode: known at compile time, or at run time to keep wasm small.

#[cfg(any(target_family = "wasm", test, fuzzing))]
use crate::Options;

/// Whether to percent-decode.
pub(super) trait Decoding: Copy {
    /// Whether this may percent-decode.
    const DECODES: bool = true;

    /// `%`; or `&` to find no `%XX`, since `&` is structural anyway.
    fn percent(self) -> u8;

    /// `+`; or a space to replace nothing.
    fn plus(self) -> u8;
}

/// Leaves the text as it is.
#[derive(Clone, Copy)]
pub(super) struct Raw;

impl Decoding for Raw {
    const DECODES: bool = false;

    #[inline(always)]
    fn percent(self) -> u8 {
        b'&'
    }

    #[inline(always)]
    fn plus(self) -> u8 {
        b' '
    }
}

/// Decodes `%XX` and `+`.
#[derive(Clone, Copy)]
pub(super) struct PercentDecoded;

impl Decoding for PercentDecoded {
    #[inline(always)]
    fn percent(self) -> u8 {
        b'%'
    }

    #[inline(always)]
    fn plus(self) -> u8 {
        b'+'
    }
}

/// Decides at run time, so that one copy of the code serves both.
#[cfg(any(target_family = "wasm", test, fuzzing))]
#[derive(Clone, Copy)]
pub(super) struct AtRunTime {
    percent: u8,
    plus: u8,
}

#[cfg(any(target_family = "wasm", test, fuzzing))]
impl AtRunTime {
    pub(super) fn of(options: &Options) -> AtRunTime {
        if options.decoding.percent {
            AtRunTime { percent: PercentDecoded.percent(), plus: PercentDecoded.plus() }
        } else {
            AtRunTime { percent: Raw.percent(), plus: Raw.plus() }
        }
    }
}

#[cfg(any(target_family = "wasm", test, fuzzing))]
impl Decoding for AtRunTime {
    #[inline(always)]
    fn percent(self) -> u8 {
        self.percent
    }

    #[inline(always)]
    fn plus(self) -> u8 {
        self.plus
    }
}
