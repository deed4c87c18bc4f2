//! What is decoded: known when it is compiled, except where code has to be small.

#[cfg(any(target_family = "wasm", test, fuzzing))]
use crate::Options;

/// What is decoded.
pub(super) trait Decoding: Copy {
    /// Whether anything may be.
    const ANYTHING: bool = true;

    /// What begins a `%XX`: `%`, or else `&`, which is looked for anyway and then is no escape.
    fn escape(self) -> u8;

    /// What becomes a space: `+`, or else a space.
    fn space(self) -> u8;
}

/// Nothing is.
#[derive(Clone, Copy)]
pub(super) struct Raw;

impl Decoding for Raw {
    const ANYTHING: bool = false;

    #[inline(always)]
    fn escape(self) -> u8 {
        b'&'
    }

    #[inline(always)]
    fn space(self) -> u8 {
        b' '
    }
}

/// `%XX` and `+` are.
#[derive(Clone, Copy)]
pub(super) struct Decoded;

impl Decoding for Decoded {
    #[inline(always)]
    fn escape(self) -> u8 {
        b'%'
    }

    #[inline(always)]
    fn space(self) -> u8 {
        b'+'
    }
}

/// One code in the place of two: what is decoded is known when it runs.
#[cfg(any(target_family = "wasm", test, fuzzing))]
#[derive(Clone, Copy)]
pub(super) struct Either {
    escape: u8,
    space: u8,
}

#[cfg(any(target_family = "wasm", test, fuzzing))]
impl Either {
    /// What `options` decode.
    pub(super) fn of(options: &Options) -> Either {
        if options.decoding.decode {
            Either { escape: Decoded.escape(), space: Decoded.space() }
        } else {
            Either { escape: Raw.escape(), space: Raw.space() }
        }
    }
}

#[cfg(any(target_family = "wasm", test, fuzzing))]
impl Decoding for Either {
    #[inline(always)]
    fn escape(self) -> u8 {
        self.escape
    }

    #[inline(always)]
    fn space(self) -> u8 {
        self.space
    }
}
