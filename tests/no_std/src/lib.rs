//! Every part of the crate that is there without std, in a program that has none: std's panic
//! handler and this one exclude each other.

#![no_std]

extern crate alloc;

use alloc::string::String;
use core::alloc::{GlobalAlloc, Layout};

use formevent::{Duplicates, Event, EventBuf, Options};

struct NoMemory;

// SAFETY: it never hands out memory.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Keeps the code from being left out.
#[unsafe(no_mangle)]
pub extern "C" fn event_len(len: u8) -> usize {
    let body = [len; 8];
    let options = Options::new().decode(true).duplicates(Duplicates::Group);
    let json = Event::new(&body).options(options).header("a", "b").to_json();
    json.map_or(0, |json: String| json.len())
}

/// The traits are there too.
pub fn serde_is_there() {
    fn both<'de, T: serde::Serialize + serde::Deserialize<'de>>() {}
    both::<EventBuf>();
}
