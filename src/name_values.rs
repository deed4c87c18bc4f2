//! A list of names and values that allocates only beyond its first few.

use core::fmt;

use alloc::vec::Vec;

use crate::Error;
use crate::buffer::push;
use crate::split::ByteString;

pub(crate) type NameValue<'a> = (&'a [u8], &'a [u8]);

/// Names and values; the first `N` are stored inline.
#[derive(Clone)]
pub(crate) struct NameValues<'a, const N: usize> {
    inline: [NameValue<'a>; N],
    /// How many of `inline` are in use.
    len: usize,
    more: Vec<NameValue<'a>>,
    out_of_memory: bool,
}

impl<'a, const N: usize> NameValues<'a, N> {
    pub(crate) const fn new() -> Self {
        NameValues { inline: [(b"", b""); N], len: 0, more: Vec::new(), out_of_memory: false }
    }

    /// Appends one. If memory runs out, [`check`](Self::check) reports it.
    pub(crate) fn push(&mut self, name: &'a [u8], value: &'a [u8]) {
        if let Some(free) = self.inline.get_mut(self.len) {
            *free = (name, value);
            self.len += 1;
        } else {
            self.out_of_memory |= push(&mut self.more, (name, value)).is_err();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len + self.more.len()
    }

    #[cfg(feature = "shapes")]
    pub(crate) fn get(&self, index: usize) -> Option<NameValue<'a>> {
        match index.checked_sub(self.len) {
            None => self.inline.get(index),
            Some(index) => self.more.get(index),
        }
        .copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = NameValue<'a>> {
        self.inline.iter().take(self.len).chain(&self.more).copied()
    }

    /// Fails if memory ran out for one of them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.out_of_memory { Err(Error::OutOfMemory) } else { Ok(()) }
    }
}

impl<const N: usize> fmt::Debug for NameValues<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, value)| (ByteString(name), ByteString(value))))
            .finish()
    }
}
