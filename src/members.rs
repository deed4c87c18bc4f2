//! A list of names and values, the first of them in place.

use alloc::vec::Vec;

/// A name and its value, to be repaired where they are not UTF-8.
pub(crate) type Member<'a> = (&'a [u8], &'a [u8]);

/// Names and values, `N` of them without an allocation.
#[derive(Clone)]
pub(crate) struct Members<'a, const N: usize> {
    /// The first `len` of these count.
    first: [Member<'a>; N],
    len: usize,
    more: Vec<Member<'a>>,
}

impl<'a, const N: usize> Members<'a, N> {
    /// None.
    pub(crate) const fn new() -> Self {
        Members { first: [(b"", b""); N], len: 0, more: Vec::new() }
    }

    /// Adds one at the end.
    pub(crate) fn push(&mut self, name: &'a [u8], value: &'a [u8]) {
        if let Some(free) = self.first.get_mut(self.len) {
            *free = (name, value);
            self.len += 1;
        } else {
            self.more.push((name, value));
        }
    }

    /// How many there are.
    #[cfg(feature = "serde")]
    pub(crate) fn len(&self) -> usize {
        self.len + self.more.len()
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Member<'a>> {
        self.first[..self.len].iter().chain(&self.more).copied()
    }
}
