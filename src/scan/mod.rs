//! Finding bytes: the fast path looks for structural positions a block at a time, with SIMD where
//! the machine has it. SIMD only finds them; what they mean is decided elsewhere, byte by byte.

mod block;
mod find;
mod portable;
#[cfg(any(test, fuzzing))]
pub(crate) mod tests;
#[cfg(feature = "simd")]
mod vector;

pub(crate) use block::{BLOCK, DECODED_LEN, ENCODED_LEN, Scan, WithScan};
pub(crate) use find::{count, find, find_with, rfind};
#[cfg(not(feature = "simd"))]
pub(crate) use portable::{baseline, dispatch};
#[cfg(feature = "simd")]
pub(crate) use vector::{baseline, dispatch};
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
pub(crate) use vector::{every_third, hex_digit};
