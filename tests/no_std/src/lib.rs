//! Links the crate into a program without std: std's panic handler would clash with this one.

#![no_std]

extern crate alloc;

use alloc::string::String;
use core::alloc::{GlobalAlloc, Layout};

use formevent::{Duplicates, Event, Options, Preset, ReceivedEvent, Shape};

struct NoMemory;

// SAFETY: it never returns memory.
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

/// Keeps the linker from dropping the code.
#[unsafe(no_mangle)]
pub extern "C" fn event_len(len: u8) -> usize {
    let body = [len; 8];
    let options = Options::new().decode(true).duplicates(Duplicates::Group);
    let json = Event::new(&body).options(options).header("a", "b").to_string();
    json.map_or(0, |json: String| json.len())
}

/// A shape of one's own, or a preset.
#[unsafe(no_mangle)]
pub extern "C" fn shaped_len(len: u8) -> usize {
    let parsed = r#"{"form":"$pairs","at":"$time"}"#.parse::<Shape>();
    let shape = parsed.as_ref().unwrap_or(Preset::ProxyV2.shape());
    Event::new(&[len]).shape(shape).to_vec().map_or(0, |json| json.len())
}

/// The traits exist too.
pub fn serde_is_there() {
    fn both<'de, T: serde::Serialize + serde::Deserialize<'de>>() {}
    both::<ReceivedEvent>();
}
