//! Calls every public function of the crate with bytes and options that the compiler knows nothing of.
//! A panic would call `panicked`, an import of the module. Without that import, no code path panics.
//!
//! An allocation that fails in a function without a `Result` is a trap.

#![no_std]
#![feature(alloc_error_handler)]

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::fmt::{self, Write as _};
use core::hint::black_box;

use formevent::multipart::{self, Files, Form, Limits, Multipart};
use formevent::{DropReason, Duplicates, Event, Options, Preset, Rules, Shape, Transcoder, Utf8};

/// Never runs.
struct NoMemory;

// SAFETY: the compiler alone sees what it returns.
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

fn any_bytes() -> &'static [u8] {
    black_box(&[])
}

fn any_text() -> &'static str {
    black_box("")
}

fn any_number() -> usize {
    black_box(0)
}

fn any<T: Copy>(variants: &[T]) -> Option<T> {
    variants.get(any_number()).copied()
}

fn any_options() -> Options {
    Options::new()
        .rules(any(Rules::ALL).unwrap_or_default())
        .decode(black_box(true))
        .utf8(any(Utf8::ALL).unwrap_or_default())
        .duplicates(any(Duplicates::ALL).unwrap_or_default())
        .max_bytes(any_number())
        .max_pairs(any_number())
        .max_output(any_number())
        .max_held(any_number())
}

fn any_preset_options() -> Options {
    any(Preset::ALL).unwrap_or_default().options()
}

fn any_buffer() -> Vec<u8> {
    black_box(Vec::new())
}

struct Sink;

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

fn show(value: impl fmt::Display) {
    let _ = write!(Sink, "{value}");
}

/// Not for values with a `String`: the `Debug` of core's `str` can panic by its code.
fn debug(value: impl fmt::Debug) {
    let _ = write!(Sink, "{value:?}");
}

#[unsafe(no_mangle)]
pub extern "C" fn names() {
    let _ = any_text().parse::<Rules>().map(show).map_err(show);
    let _ = any_text().parse::<Duplicates>().map(show).map_err(show);
    let _ = any_text().parse::<Utf8>().map(show).map_err(show);
    let _ = any_text().parse::<DropReason>().map(show).map_err(show);
    let _ = any_text().parse::<Preset>().map(show).map_err(show);
}

#[unsafe(no_mangle)]
pub extern "C" fn segments() {
    for segment in any(Rules::ALL).unwrap_or_default().segments(any_bytes()) {
        match segment {
            Ok(pair) => debug(pair),
            Err(dropped) => {
                show(dropped);
                debug(dropped);
            }
        }
    }
    debug(formevent::segments(any_text()));
}

#[unsafe(no_mangle)]
pub extern "C" fn pairs() {
    for pair in any(Rules::ALL).unwrap_or_default().pairs(any_bytes()) {
        black_box((pair.key, pair.value, pair.decode_key(), pair.decode_value()));
    }
    let pairs = formevent::pairs(any_text());
    black_box(pairs.size_hint());
    black_box(pairs.count());
}

#[unsafe(no_mangle)]
pub extern "C" fn decode() {
    black_box(formevent::decode(any_bytes()));
}

#[unsafe(no_mangle)]
pub extern "C" fn append_json_string() {
    let mut out = any_buffer();
    formevent::append_json_string(any_bytes(), &mut out);
    black_box(&out);
}

#[unsafe(no_mangle)]
pub extern "C" fn to_string() {
    black_box(formevent::to_string(any_bytes()));
}

#[unsafe(no_mangle)]
pub extern "C" fn template() {
    let verdict = formevent::template::verdict(any_bytes());
    black_box((verdict.as_str(), verdict.offset()));
    show(verdict);
    debug(verdict);
}

#[unsafe(no_mangle)]
pub extern "C" fn options() {
    debug(any_preset_options());
    let options = any_options();
    debug(options);
    let _ = options.to_string(any_bytes()).map_err(|error| {
        black_box(error.offset());
        show(error);
    });
    black_box(options.to_vec(any_bytes()).is_ok());
    let mut out = any_buffer();
    black_box(options.append_to_vec(any_bytes(), &mut out).is_ok());
    black_box(&out);
    options.dropped(any_bytes()).for_each(show);
    black_box(options.repeated_keys(any_bytes()).is_ok());
}

#[unsafe(no_mangle)]
pub extern "C" fn multipart() {
    let limits = Limits::new()
        .max_bytes(any_number())
        .max_parts(any_number())
        .max_header_bytes(any_number())
        .max_text_bytes(any_number());
    let show_error = |error: multipart::Error| {
        black_box(error.offset());
        show(error);
    };
    let boundary = multipart::boundary(any_bytes()).map_err(show_error);
    let Ok(parts) = Multipart::new(any_bytes(), boundary.unwrap_or_default()).map_err(show_error)
    else {
        return;
    };
    let parts = parts.limits(limits);
    debug(&parts);
    let Ok(form) = Form::new(parts, any(&[Files::Drop, Files::Refuse]).unwrap_or_default())
        .map_err(show_error)
    else {
        return;
    };
    debug(&form);
    for part in form.parts() {
        debug(part);
        show(part);
        black_box((part.is_empty_file(), part.decode_body(), part.headers().count()));
    }
    form.dropped(&any_options()).for_each(|dropped| show(dropped.part));
    black_box(form.part_at(any_number()));
    let Ok(shape) = any_text().parse::<Shape>().map_err(show) else { return };
    let event = form.event().options(any_options()).shape(&shape);
    black_box(event.to_string().is_ok());
}

#[unsafe(no_mangle)]
pub extern "C" fn event() {
    let mut event = Event::new(any_bytes()).options(any_options());
    for _ in 0..any_number() {
        event = event.header(any_bytes(), any_bytes());
    }
    event = event.headers((0..any_number()).map(|_| (any_bytes(), any_bytes())));
    event = event.stage(any_bytes()).source_ip(any_bytes()).user_agent(any_bytes());
    event = event.method(any_bytes()).path(any_bytes()).query_string(any_bytes());
    event = event.request_id(any_bytes()).time_epoch(any_number() as u64);
    let Ok(shape) = any_text().parse::<Shape>().map_err(show) else { return };
    debug(&shape);
    black_box(shape.is_streamable());
    event = event.shape(if black_box(true) {
        &shape
    } else {
        any(Preset::ALL).unwrap_or_default().shape()
    });
    for _ in 0..any_number() {
        event = event.extra(any_bytes(), any_bytes());
    }
    debug(&event);
    black_box(event.to_string().is_ok());
    black_box(event.to_vec().is_ok());
    let mut out = any_buffer();
    black_box(event.clone().append_to_vec(&mut out).is_ok());
    black_box(event.append_before_pairs(&mut out).is_ok());
    black_box(event.append_after_pairs(&mut out).is_ok());
    black_box(&out);
}

#[unsafe(no_mangle)]
pub extern "C" fn transcoder() {
    let mut transcoder = Transcoder::new(any_options());
    for _ in 0..any_number() {
        black_box(transcoder.push(any_bytes()).map(<[u8]>::len).is_ok());
        black_box(transcoder.push_with(any_bytes(), |it| show(it)).is_ok());
        black_box(transcoder.finish_with(|it| show(it)).is_ok());
        black_box(transcoder.finish().is_ok());
    }
    debug(transcoder.clone());
}

#[cfg(feature = "panics")]
#[unsafe(no_mangle)]
pub extern "C" fn panics() -> u8 {
    any_bytes()[any_number()]
}
