//! Appending to a `Vec` with fallible allocation, byte by byte or a block at a time.

#![expect(clippy::inline_always, reason = "called for every few bytes")]

use core::alloc::Layout;
use core::mem::MaybeUninit;

use alloc::vec::Vec;

use crate::Error;

#[inline]
pub(crate) fn push<T>(items: &mut Vec<T>, item: T) -> Result<(), Error> {
    items.try_reserve(1)?;
    items.push(item);
    Ok(())
}

/// Makes room for `additional` bytes. Wasm does not inline `try_reserve`, so skip it if there is enough.
#[inline(always)]
pub(crate) fn reserve(out: &mut Vec<u8>, additional: usize) -> Result<(), Error> {
    if spare_len(out) < additional {
        out.try_reserve(additional)?;
    }
    Ok(())
}

/// How many bytes `out` takes before it has to grow.
#[inline(always)]
pub(crate) fn spare_len(out: &Vec<u8>) -> usize {
    out.capacity().wrapping_sub(out.len())
}

#[inline]
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    reserve(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// The length of a [`Spare`]: enough for 256 bytes as `\u00XX`, and for the blocks that overhang.
pub(crate) const SPARE_LEN: usize = 6 * 256 + 96;

/// Spare capacity of a `Vec`. Lets callers copy whole blocks and commit only a prefix: a copy of
/// constant length is faster, and the next one overwrites the rest.
pub(crate) struct Spare<'v> {
    bytes: &'v mut [MaybeUninit<u8>; SPARE_LEN],
    /// How many bytes are committed. All of them are initialized: only [`copy`](Self::copy) raises it.
    len: usize,
}

impl Spare<'_> {
    /// How many bytes are committed.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Copies `block` and commits its first `count` bytes.
    ///
    /// Does nothing when the block does not fit; callers rule that out.
    #[inline(always)]
    pub(crate) fn copy<const N: usize>(&mut self, block: &[u8; N], count: usize) {
        debug_assert!(count <= N && self.len + N <= SPARE_LEN);
        let to = self.bytes.get_mut(self.len..).and_then(<[_]>::first_chunk_mut::<N>);
        if let Some(to) = to {
            // SAFETY: `to` is `N` bytes long.
            #[expect(unsafe_code, reason = "`write_copy_of_slice` needs Rust 1.93")]
            unsafe {
                to.as_mut_ptr().cast::<[u8; N]>().write(*block);
            }
            self.len += count.min(N);
        }
    }

    /// Keeps the first `len` committed bytes.
    #[inline(always)]
    pub(crate) fn truncate(&mut self, len: usize) {
        debug_assert!(len <= self.len);
        self.len = self.len.min(len);
    }
}

/// Appends the bytes that `write` commits to the spare capacity of `out`. Returns `None`, with `out`
/// unchanged, when memory is short.
#[inline(always)]
pub(crate) fn with_spare<R>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Spare<'_>) -> R,
) -> Option<R> {
    reserve(out, SPARE_LEN).ok()?;
    let begin = out.len();
    let mut spare = Spare { bytes: out.spare_capacity_mut().first_chunk_mut()?, len: 0 };
    let result = write(&mut spare);
    let len = spare.len;
    // SAFETY: `spare` is the capacity from `begin` on, and its first `len` bytes are initialized.
    #[expect(unsafe_code, reason = "no safe method commits spare capacity")]
    unsafe {
        out.set_len(begin + len);
    }
    Some(result)
}

/// Unwraps a result that can only fail with [`Error::OutOfMemory`]; aborts on failure, as `Vec` does.
pub(crate) fn abort_on_oom<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|_| alloc::alloc::handle_alloc_error(Layout::new::<u8>()))
}
