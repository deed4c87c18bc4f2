//! Running out of memory: every allocation fails once. Each time the crate returns an error, leaves the
//! buffer as it was, and works at the next call.

#![allow(unsafe_code, reason = "an allocator is unsafe to write")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use formevent::{Duplicates, Error, Event, Options, Rules, Transcoder, Utf8};

/// The system's allocator, which fails on request.
struct Failing;

thread_local! {
    /// How many allocations of this thread succeed before they all fail.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn may_allocate() -> bool {
    LEFT.with(|left| match left.get() {
        usize::MAX => true,
        0 => false,
        more => {
            left.set(more - 1);
            true
        }
    })
}

// SAFETY: it forwards to the system's allocator, or returns null, which means failure.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the same contract.
        if may_allocate() { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the system allocated all of it.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        if may_allocate() {
            // SAFETY: the system allocated all of it.
            unsafe { System.realloc(memory, layout, len) }
        } else {
            std::ptr::null_mut()
        }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// Calls `convert` with memory for no allocation, for one, and so on until it succeeds. Returns how often
/// it failed.
fn failures(mut convert: impl FnMut() -> Result<(), Error>) -> usize {
    for count in 0..10_000 {
        LEFT.set(count);
        let done = convert();
        LEFT.set(usize::MAX);
        match done {
            Ok(()) => return count,
            Err(error) => assert_eq!(error, Error::OutOfMemory),
        }
    }
    panic!("it never succeeds");
}

/// Bodies, short and long, with everything that allocates.
fn bodies() -> [Vec<u8>; 4] {
    let long =
        b"name=Ada+L.&note=&x&a=b=c&q=\"\\\x01&e=%E3%81%82&bad=\xFF%FF&%C3=\xE3\x81&".repeat(100);
    // Keys that share their hash with one other.
    let collisions = include_str!("vectors/fnv-1a-collisions.txt").lines();
    let mut colliding = Vec::new();
    for keys in collisions.filter(|keys| !keys.contains(['&', '=', '%', '+'])).take(3) {
        for key in keys.split('\t') {
            colliding.extend_from_slice(format!("{key}=1&{key}=\u{E9}+&").as_bytes());
        }
    }
    [b"a=1&b=%41+".to_vec(), b"a=\xFF&a=%FF&\xFF=1".to_vec(), long, colliding]
}

fn all_options() -> impl Iterator<Item = Options> {
    let rules = [Rules::Template, Rules::Whatwg].into_iter();
    rules.flat_map(|rules| {
        [false, true].into_iter().flat_map(move |decode| {
            let options = Options::new().rules(rules).decode(decode);
            Duplicates::ALL.iter().map(move |&duplicates| options.duplicates(duplicates))
        })
    })
}

#[test]
fn objects() {
    let mut failed = 0;
    for body in bodies() {
        for options in all_options() {
            let expected = options.to_string(&body).unwrap();
            failed += failures(|| {
                let json = options.to_string(black_box(&body))?;
                LEFT.set(usize::MAX);
                assert_eq!(json, expected);
                Ok(())
            });
            // The bytes that are in the buffer already do not change.
            let mut out = b"before".to_vec();
            failed += failures(|| {
                let written = options.append_to_vec(black_box(&body), &mut out);
                LEFT.set(usize::MAX);
                assert_eq!(&out[..6], b"before");
                assert!(written.is_ok() || out.len() == 6);
                written
            });
        }
    }
    assert!(failed > 200, "{failed}");
}

#[test]
fn strict_utf8_and_limits() {
    // The slow path, which allocates too, reports these errors.
    for body in bodies() {
        for options in all_options() {
            let refused = options.utf8(Utf8::Strict).to_string(&body);
            let pairs = options.max_pairs(1).to_string(&body);
            for (options, expected) in
                [(options.utf8(Utf8::Strict), refused), (options.max_pairs(1), pairs)]
            {
                failures(|| match options.to_string(black_box(&body)) {
                    Err(Error::OutOfMemory) => Err(Error::OutOfMemory),
                    other => {
                        LEFT.set(usize::MAX);
                        assert_eq!(other, expected);
                        Ok(())
                    }
                });
            }
        }
    }
}

#[test]
fn events() {
    let mut failed = 0;
    for body in bodies() {
        let event = Event::new(&body)
            .options(Options::new().decode(true))
            .header("Host", "api.example.com")
            .header(b"X-Latin-1", b"caf\xE9")
            .user_agent(b"\xFF\x01")
            .extra("requestId", b"\xFE")
            .extra(b"\xFF", "2");
        let expected = event.to_string().unwrap();
        failed += failures(|| {
            let json = event.to_string()?;
            LEFT.set(usize::MAX);
            assert_eq!(json, expected);
            Ok(())
        });
        let again = event.clone().extra(b"\xFE", "3");
        failed += failures(|| match again.to_string() {
            Err(Error::MemberExists { .. }) => Ok(()),
            other => other.map(drop),
        });
    }
    assert!(failed > 10, "{failed}");
}

#[test]
fn transcoders() {
    let mut failed = 0;
    for body in bodies() {
        for options in all_options() {
            let expected = options.to_string(&body).unwrap().into_bytes();
            for size in [1, 7, 1_000] {
                let mut json = Vec::with_capacity(expected.len());
                failed += failures(|| {
                    json.clear();
                    let mut transcoder = Transcoder::new(options);
                    for chunk in body.chunks(size) {
                        json.extend_from_slice(transcoder.push(chunk)?);
                    }
                    json.extend_from_slice(transcoder.finish()?);
                    Ok(())
                });
                assert_eq!(json, expected);
            }
            // After `finish` a failed transcoder is as new.
            let mut transcoder = Transcoder::new(options);
            let mut json = Vec::with_capacity(expected.len());
            failures(|| {
                let pushed = transcoder.push(&body).map(|new| json.extend_from_slice(new));
                let end = transcoder.finish().map(|new| json.extend_from_slice(new));
                if pushed.is_err() || end.is_err() {
                    json.clear();
                }
                pushed.and(end)
            });
            assert_eq!(json, expected);
        }
    }
    assert!(failed > 200, "{failed}");
}

#[cfg(feature = "multipart")]
#[test]
fn forms_with_files() {
    use formevent::multipart::{self, Files, Form, Multipart};

    let body = b"--x\r\nContent-Disposition: form-data; name=\"a%22\"\r\n\r\n=&%\xFF\r\n\
        --x\r\nContent-Disposition: form-data; name=\"b%22\"; filename=\"c%22\"\r\n\r\n1\r\n--x--";
    let parts = Multipart::new(body, "x").unwrap();
    let shape = "[\"$pairs\",\"$dropped\"]";
    #[cfg(feature = "shapes")]
    let shape: formevent::Shape = shape.parse().unwrap();
    let mut refusals = 0;
    let failed = failures(|| {
        let form = match Form::new(parts.clone(), Files::Drop) {
            Err(multipart::Error::OutOfMemory) => return Err(Error::OutOfMemory),
            form => form.unwrap(),
        };
        // The error has no name if there is no memory for it.
        refusals += usize::from(Form::new(parts.clone(), Files::Refuse).is_err());
        #[cfg(feature = "shapes")]
        form.event().shape(&shape).to_vec()?;
        form.event().to_vec().map(drop)
    });
    let _ = shape;
    assert!(failed > 2 && refusals > 0, "{failed}");
}
