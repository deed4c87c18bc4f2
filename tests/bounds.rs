//! The crate reads no byte outside of its arguments: they are placed right before and right after
//! memory that cannot be read.
#![cfg(unix)]
#![expect(unsafe_code, reason = "no safe function maps memory that cannot be read")]

mod oracle;

use formevent::{Duplicates, Event, Utf8};
use oracle::Case;

/// A page between two pages that cannot be read.
struct Guarded {
    pages: *mut u8,
    size: usize,
}

impl Guarded {
    fn new() -> Guarded {
        // SAFETY: `sysconf` and `mmap` touch no memory of ours, and `mprotect` changes a page of the new
        // mapping.
        unsafe {
            let size = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).unwrap();
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
            let pages = libc::mmap(std::ptr::null_mut(), 3 * size, libc::PROT_NONE, flags, -1, 0);
            assert_ne!(pages, libc::MAP_FAILED);
            let pages = pages.cast::<u8>();
            let access = libc::PROT_READ | libc::PROT_WRITE;
            assert_eq!(libc::mprotect(pages.add(size).cast(), size, access), 0);
            Guarded { pages, size }
        }
    }

    /// Runs `check` with `text` at the beginning of the page and at its end.
    fn at_both(&mut self, text: &[u8], check: impl Fn(&[u8])) {
        for offset in [0, self.size.checked_sub(text.len()).unwrap()] {
            // SAFETY: the page can be read and written, nothing else refers to it, and `text` fits
            // between `offset` and its end.
            let copy = unsafe {
                let begin = self.pages.add(self.size + offset);
                std::slice::from_raw_parts_mut(begin, text.len())
            };
            copy.copy_from_slice(text);
            check(copy);
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: `mmap` returned these pages, and no slice of them outlives `self`.
        unsafe { libc::munmap(self.pages.cast(), 3 * self.size) };
    }
}

/// Longer than two chunks of the fast path with their lookahead.
const LONGEST: usize = 700;

/// Texts of `len` bytes. Most end within a sequence that a parser wants to read on.
fn texts(len: usize) -> [Vec<u8>; 5] {
    [
        &b"some-name=plain+text-of-no-account&"[..],
        b"%E3%81%82%E3%81%84%E3%81%86",
        b"\"",
        b"a=%4&b=\xE3\x81\x82&c&d=\"1\"==\x01&%f0%9f",
        b"&&=",
    ]
    .map(|text| text.iter().copied().cycle().take(len).collect())
}

#[test]
fn bodies() {
    let mut guarded = Guarded::new();
    for case in Case::all() {
        for len in 0..=LONGEST {
            for (index, body) in texts(len).iter().enumerate() {
                for strict in [false, true] {
                    // The others take the same path or a slower one: a fifth of the lengths is enough.
                    let common = !strict && case.duplicates == Duplicates::Keep && index < 3;
                    if !common && len % 5 != index {
                        continue;
                    }
                    let options =
                        case.options().utf8(if strict { Utf8::Strict } else { Utf8::Replace });
                    let expected = options.to_string(body);
                    guarded.at_both(body, |body| assert_eq!(options.to_string(body), expected));
                }
            }
        }
    }
}

#[test]
fn segments_and_decoded_text() {
    let mut guarded = Guarded::new();
    for len in 0..=LONGEST {
        for text in texts(len) {
            for case in Case::all().filter(|case| !case.decode) {
                let segments = case.rules.segments(&text).count();
                guarded.at_both(&text, |text| {
                    assert_eq!(case.rules.segments(text).count(), segments);
                });
            }
            let decoded = formevent::decode(&text);
            guarded.at_both(&text, |text| assert_eq!(formevent::decode(text), decoded));
        }
    }
}

#[test]
fn strings_of_the_event() {
    /// An event with `text` in one of its places.
    fn event(place: usize, text: &[u8]) -> Event<'_> {
        let event = Event::new(b"a=1");
        match place {
            0 => event.header(text, "value"),
            1 => event.header("Name", text),
            2 => event.header(text, text),
            3 => event.stage(text),
            4 => event.source_ip(text),
            5 => event.user_agent(text),
            6 => event.extra(text, "value"),
            _ => event.extra("name", text),
        }
    }

    let mut guarded = Guarded::new();
    for len in 0..=LONGEST {
        for (index, text) in texts(len).into_iter().enumerate() {
            for place in 0..8 {
                // Plain text takes a path of its own. For the others a fifth of the cases is enough.
                if index == 0 || (len + place) % 5 == index {
                    let expected = event(place, &text).to_string();
                    guarded.at_both(&text, |text| {
                        assert_eq!(event(place, text).to_string(), expected);
                    });
                }
            }
            let mut expected = Vec::new();
            formevent::append_json_string(&text, &mut expected);
            guarded.at_both(&text, |text| {
                let mut out = Vec::new();
                formevent::append_json_string(text, &mut out);
                assert_eq!(out, expected);
            });
        }
    }
}
