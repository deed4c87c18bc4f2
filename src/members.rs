//! A list of names and values, the first of them in place.

use alloc::vec::Vec;

use crate::Error;
use crate::room::push;

/// A name and its value, to be repaired where they are not UTF-8.
pub(crate) type Member<'a> = (&'a [u8], &'a [u8]);

/// Names and values, `N` of them without an allocation.
#[derive(Clone)]
pub(crate) struct Members<'a, const N: usize> {
    /// The first `len` of these count.
    first: [Member<'a>; N],
    len: usize,
    more: Vec<Member<'a>>,
    /// There was no memory for one of them.
    lost: bool,
}

impl<'a, const N: usize> Members<'a, N> {
    /// None.
    pub(crate) const fn new() -> Self {
        Members { first: [(b"", b""); N], len: 0, more: Vec::new(), lost: false }
    }

    /// Adds one at the end.
    pub(crate) fn push(&mut self, name: &'a [u8], value: &'a [u8]) {
        if let Some(free) = self.first.get_mut(self.len) {
            *free = (name, value);
            self.len += 1;
        } else {
            self.lost |= push(&mut self.more, (name, value)).is_err();
        }
    }

    /// How many there are.
    #[cfg(feature = "serde")]
    pub(crate) fn len(&self) -> usize {
        self.len + self.more.len()
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Member<'a>> {
        self.first.iter().take(self.len).chain(&self.more).copied()
    }

    /// That all are there.
    pub(crate) fn complete(&self) -> Result<(), Error> {
        if self.lost { Err(Error::OutOfMemory) } else { Ok(()) }
    }
}
