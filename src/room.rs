//! Room at the end of a `Vec`: what is appended there, and what is written a block at a time.

#![expect(clippy::inline_always, reason = "it is called for every few bytes")]

use core::mem::MaybeUninit;

use alloc::vec::Vec;

use crate::Error;

/// Appends `item`; for want of memory that is an error.
#[inline]
pub(crate) fn push<T>(items: &mut Vec<T>, item: T) -> Result<(), Error> {
    items.try_reserve(1)?;
    items.push(item);
    Ok(())
}

/// Makes room for `more` bytes. Where there is enough, that is no call, as `try_reserve` is on wasm.
#[inline(always)]
pub(crate) fn reserve(out: &mut Vec<u8>, more: usize) -> Result<(), Error> {
    if out.capacity().wrapping_sub(out.len()) < more {
        out.try_reserve(more)?;
    }
    Ok(())
}

/// Appends `bytes`; for want of memory that is an error.
#[inline]
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    reserve(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// Removes what is from `begin` to `end`.
pub(crate) fn remove(out: &mut Vec<u8>, begin: usize, end: usize) {
    if begin <= end && end <= out.len() {
        out.drain(begin..end);
    }
}

/// How many bytes may be written before [`fill`] has to be called again.
pub(crate) const ROOM: usize = 6 * 256 + 96;

/// Spare capacity that is being written. Its use is to write more than counts, which is faster than
/// to write just that: what is put next writes over the rest.
pub(crate) struct Room<'r> {
    spare: &'r mut [MaybeUninit<u8>; ROOM],
    /// How many bytes count. All of them have been written: only [`put`](Self::put) makes it more.
    len: usize,
}

impl Room<'_> {
    /// How many bytes count.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Writes `bytes`, of which the first `count` count.
    ///
    /// Nothing is written where there is no room, which callers rule out.
    #[inline(always)]
    pub(crate) fn put<const N: usize>(&mut self, bytes: &[u8; N], count: usize) {
        debug_assert!(count <= N && self.len + N <= ROOM);
        if let Some(room) = self.spare.get_mut(self.len..self.len.wrapping_add(N)) {
            room.write_copy_of_slice(bytes);
            self.len += count.min(N);
        }
    }

    /// Takes back all but the first `len` bytes.
    #[inline(always)]
    pub(crate) fn take_back(&mut self, len: usize) {
        debug_assert!(len <= self.len);
        self.len = self.len.min(len);
    }
}

/// Appends to `out` what `write` puts into the room that it is given; nothing where there is no
/// memory for a room.
#[inline(always)]
pub(crate) fn fill<R>(out: &mut Vec<u8>, write: impl FnOnce(&mut Room<'_>) -> R) -> Option<R> {
    reserve(out, ROOM).ok()?;
    let begin = out.len();
    let mut room = Room { spare: out.spare_capacity_mut().first_chunk_mut()?, len: 0 };
    let result = write(&mut room);
    let len = room.len;
    // SAFETY: the room is the spare capacity from `begin`, and `len` bytes of it are written.
    #[expect(unsafe_code, reason = "there is no safe way to make spare capacity count")]
    unsafe {
        out.set_len(begin + len);
    }
    Some(result)
}
