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

/// Spare capacity of a `Vec`: of a fixed length, for which code is faster, or [all](AllSpare) of it. Lets
/// callers copy whole blocks and commit only a prefix: a copy of constant length is faster, and the next
/// one overwrites the rest.
pub(crate) struct Spare<'v, B: ?Sized = [MaybeUninit<u8>; SPARE_LEN]> {
    bytes: &'v mut B,
    /// How many bytes are committed. All of them are initialized: only `copy` and its like raise it.
    len: usize,
}

/// All of the spare capacity, at least [`SPARE_LEN`] bytes.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
pub(crate) type AllSpare<'v> = Spare<'v, [MaybeUninit<u8>]>;

/// Bytes for a [`Spare`].
pub(crate) trait SpareBytes: AsRef<[MaybeUninit<u8>]> + AsMut<[MaybeUninit<u8>]> {
    /// Takes them from all of the spare capacity.
    fn of(all: &mut [MaybeUninit<u8>]) -> Option<&mut Self>;
}

impl SpareBytes for [MaybeUninit<u8>; SPARE_LEN] {
    #[inline(always)]
    fn of(all: &mut [MaybeUninit<u8>]) -> Option<&mut Self> {
        all.first_chunk_mut()
    }
}

impl SpareBytes for [MaybeUninit<u8>] {
    #[inline(always)]
    fn of(all: &mut [MaybeUninit<u8>]) -> Option<&mut Self> {
        Some(all)
    }
}

impl<B: SpareBytes + ?Sized> Spare<'_, B> {
    /// How many bytes are committed.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many bytes are left.
    #[cfg(not(target_family = "wasm"))]
    #[inline(always)]
    pub(crate) fn room(&self) -> usize {
        self.bytes.as_ref().len().saturating_sub(self.len)
    }

    /// Copies `block` and commits its first `count` bytes.
    ///
    /// Does nothing when the block does not fit; callers rule that out.
    #[inline(always)]
    pub(crate) fn copy<const N: usize>(&mut self, block: &[u8; N], count: usize) {
        debug_assert!(count <= N && self.len + N <= self.bytes.as_ref().len());
        let to = self.bytes.as_mut().get_mut(self.len..).and_then(<[_]>::first_chunk_mut::<N>);
        if let Some(to) = to {
            write(to, block);
            self.len += count.min(N);
        }
    }

    /// Copies blocks one behind the other and commits the first bytes of each. `None`, and nothing is
    /// committed, if there is no room for all of them.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    #[inline(always)]
    pub(crate) fn copy_all<const N: usize, const LEN: usize>(
        &mut self,
        blocks: [([u8; LEN], usize); N],
    ) -> Option<()> {
        let room = self.bytes.as_mut().get_mut(self.len..)?.get_mut(..N * LEN)?;
        let mut len = 0;
        for (block, count) in blocks {
            write(room.get_mut(len..)?.first_chunk_mut()?, &block);
            len += count.min(LEN);
        }
        self.len += len;
        Some(())
    }

    /// Copies blocks of 16 bytes one behind the other and commits the first bytes of each, as many as its
    /// byte of `counts` says, the lowest for the first. `None`, and nothing is committed, if one of them is
    /// above 16, or if there is no room.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    #[inline(always)]
    pub(crate) fn copy_eight(&mut self, blocks: [[u8; 16]; 8], counts: u64) -> Option<()> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        // Adding makes the highest bit of each byte above 16, unless it is set.
        if (counts | counts.wrapping_add(ONES * (0x7F - 16))) & (ONES << 7) != 0 {
            return None;
        }
        // A block at any `u8` is in bounds, so no other check is left.
        let room = self.bytes.as_mut().get_mut(self.len..)?.first_chunk_mut::<{ 256 + 16 }>()?;
        // The product adds to each byte those below it.
        let ends = counts.wrapping_mul(ONES);
        for (block, begin) in blocks.iter().zip((ends << 8).to_le_bytes()) {
            write(room.get_mut(usize::from(begin)..)?.first_chunk_mut()?, block);
        }
        self.len += (ends >> 56) as usize;
        Some(())
    }

    /// Keeps the first `len` committed bytes.
    #[inline(always)]
    pub(crate) fn truncate(&mut self, len: usize) {
        debug_assert!(len <= self.len);
        self.len = self.len.min(len);
    }
}

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
impl<'v> AllSpare<'v> {
    /// Moves it out until you put it back: its length stays in a register as long as nothing refers
    /// to it.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> AllSpare<'v> {
        core::mem::replace(self, Spare { bytes: &mut [], len: 0 })
    }
}

#[inline(always)]
fn write<const N: usize>(to: &mut [MaybeUninit<u8>; N], block: &[u8; N]) {
    // SAFETY: `to` is `N` bytes long.
    #[expect(unsafe_code, reason = "`write_copy_of_slice` needs Rust 1.93")]
    unsafe {
        to.as_mut_ptr().cast::<[u8; N]>().write(*block);
    }
}

/// Appends the bytes that `write` commits to the spare capacity of `out`. Returns `None`, with `out`
/// unchanged, when memory is short.
#[inline(always)]
pub(crate) fn with_spare<B: SpareBytes + ?Sized, R>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Spare<'_, B>) -> R,
) -> Option<R> {
    reserve(out, SPARE_LEN).ok()?;
    let begin = out.len();
    let mut spare = Spare { bytes: B::of(out.spare_capacity_mut())?, len: 0 };
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

#[cfg(all(test, feature = "simd", target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// What `copy_eight` appends. `None` if it refuses.
    fn copied(counts: [u8; 8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let blocks = [1, 2, 3, 4, 5, 6, 7, 8].map(|block| [block; 16]);
        let is_copied = with_spare(&mut out, |spare: &mut Spare<'_>| {
            spare.copy_eight(blocks, u64::from_le_bytes(counts)).is_some()
        });
        is_copied.unwrap().then_some(out)
    }

    #[test]
    fn eight_blocks_are_committed_without_a_gap() {
        for place in 0..8 {
            for other in [0, 1, 16] {
                for count in 0..=0xFF {
                    let mut counts = [other; 8];
                    counts[place] = count;
                    let bytes = counts.iter().zip(1..).flat_map(|(&count, block)| {
                        core::iter::repeat_n(block, usize::from(count))
                    });
                    let expected = (count <= 16).then(|| bytes.collect());
                    assert_eq!(copied(counts), expected, "{counts:?}");
                }
            }
        }
    }

    #[test]
    fn eight_blocks_need_room_for_the_longest() {
        let mut out = Vec::with_capacity(SPARE_LEN);
        let is_copied = with_spare(&mut out, |spare: &mut Spare<'_>| {
            while spare.room() > 256 + 16 {
                spare.copy(b" ", 1);
            }
            [spare.copy_eight([[0; 16]; 8], 1), spare.copy_eight([[0; 16]; 8], 0)]
        });
        assert_eq!(is_copied, Some([Some(()), None]));
        assert_eq!(out.len(), SPARE_LEN - 256 - 16 + 1);
    }
}
