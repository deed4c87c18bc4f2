//! Every public function of the crate, of bytes and options that nothing is known of. A panic would call
//! `panicked`, an import of the module; where there is no such import, the compiler has found no way to it.
//!
//! Memory that cannot be had, where a function has no `Result` to say so, is a trap.

#![no_std]
#![feature(alloc_error_handler)]

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;

use formevent::{Duplicates, Event, Options, Rules, Stream};

/// It is never run.
struct NoMemory;

// SAFETY: what it hands out is for the compiler alone.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        black_box(layout.align() as *mut u8)
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        black_box(memory);
    }
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[alloc_error_handler]
fn out_of_memory(_: Layout) -> ! {
    core::arch::wasm32::unreachable()
}

unsafe extern "C" {
    fn panicked() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: it takes nothing and does not return.
    unsafe { panicked() }
}

/// Bytes that nothing is known of.
fn any_bytes() -> &'static [u8] {
    black_box(&[])
}

fn any_number() -> usize {
    black_box(0)
}

fn any_rules() -> Rules {
    if black_box(true) { Rules::Template } else { Rules::Whatwg }
}

fn any_options() -> Options {
    let duplicates = match any_number() {
        0 => Duplicates::Keep,
        1 => Duplicates::First,
        2 => Duplicates::Last,
        _ => Duplicates::Group,
    };
    Options::new()
        .rules(any_rules())
        .decode(black_box(true))
        .strict_utf8(black_box(true))
        .duplicates(duplicates)
        .max_bytes(any_number())
        .max_pairs(any_number())
        .max_output(any_number())
}

/// A buffer of which nothing is known.
fn any_buffer() -> Vec<u8> {
    black_box(Vec::new())
}

#[unsafe(no_mangle)]
pub extern "C" fn segments() {
    for segment in any_rules().segments(any_bytes()) {
        if let Err(dropped) = segment {
            black_box((dropped.offset, dropped.text, dropped.reason.as_str()));
        }
    }
    for segment in formevent::segments(any_bytes()) {
        black_box(segment.map_err(formevent::Error::from).is_ok());
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn pairs() {
    for pair in any_rules().pairs(any_bytes()) {
        black_box((pair.key, pair.value, pair.decode_key(), pair.decode_value()));
    }
    let pairs = formevent::pairs(any_bytes());
    black_box(pairs.size_hint());
    black_box(pairs.count());
}

#[unsafe(no_mangle)]
pub extern "C" fn decode() {
    black_box(formevent::decode(any_bytes()));
}

#[unsafe(no_mangle)]
pub extern "C" fn write_string() {
    let mut out = any_buffer();
    formevent::write_string(any_bytes(), &mut out);
    black_box(&out);
}

#[unsafe(no_mangle)]
pub extern "C" fn to_json() {
    black_box(formevent::to_json(any_bytes()));
}

#[unsafe(no_mangle)]
pub extern "C" fn options() {
    let options = any_options();
    black_box(options.to_json(any_bytes()).map_err(|error| error.offset()).is_ok());
    let mut out = any_buffer();
    black_box(options.write_json(any_bytes(), &mut out).is_ok());
    black_box(&out);
    for dropped in options.dropped(any_bytes()) {
        black_box(dropped);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn event() {
    let mut event = Event::new(any_bytes()).options(any_options());
    for _ in 0..any_number() {
        event = event.header(any_bytes(), any_bytes());
    }
    event = event.headers((0..any_number()).map(|_| (any_bytes(), any_bytes())));
    event = event.stage(any_bytes()).source_ip(any_bytes()).user_agent(any_bytes());
    for _ in 0..any_number() {
        event = event.extra(any_bytes(), any_bytes());
    }
    black_box(event.to_json().is_ok());
    let mut out = any_buffer();
    black_box(event.clone().write_json(&mut out).is_ok());
    black_box(&out);
    black_box(event.dropped().count());
}

#[unsafe(no_mangle)]
pub extern "C" fn stream() {
    let mut stream = Stream::new(any_options()).max_held(any_number());
    stream = stream.report_dropped(any_number() == 1);
    for _ in 0..any_number() {
        black_box(stream.push(any_bytes()).map(<[u8]>::len).is_ok());
        black_box(stream.dropped());
        black_box(stream.finish().is_ok());
    }
    black_box(&mut stream);
}

#[cfg(feature = "panics")]
#[unsafe(no_mangle)]
pub extern "C" fn panics() -> u8 {
    any_bytes()[any_number()]
}
