//! Turns a posted web form (`application/x-www-form-urlencoded`) into the JSON event of an AWS
//! Lambda function.
//!
//! It does what an Amazon API Gateway mapping template does in front of an asynchronously invoked
//! function, and does it right: no field vanishes without a trace, the JSON is always valid, and
//! no sender can smuggle JSON into it.
//!
#![cfg_attr(feature = "serde", doc = "```")]
#![cfg_attr(not(feature = "serde"), doc = "```ignore")]
//! use formevent::{Event, EventBuf};
//!
//! // In the gateway's place:
//! let json = Event::new(b"name=Ada+L.&note=&a=b=c")
//!     .header("Content-Type", "application/x-www-form-urlencoded")
//!     .stage("prod")
//!     .source_ip("192.0.2.1")
//!     .user_agent("curl/8.5.0")
//!     .to_json()?;
//!
//! // In the function:
//! let event: EventBuf = serde_json::from_str(&json)?;
//! assert_eq!(event.get("name"), Some("Ada+L."));
//! assert_eq!(event.get("a"), None); // `a=b=c` is no pair by the template's rules,
//!
//! // but what was dropped can always be asked for:
//! let dropped: Vec<_> = formevent::segments(b"name=Ada+L.&note=&a=b=c")
//!     .filter_map(Result::err)
//!     .map(|dropped| (dropped.offset, dropped.reason.as_str()))
//!     .collect();
//! assert_eq!(dropped, [(18, "many-equals")]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What to use
//!
//! | for | use | allocates |
//! | --- | --- | --- |
//! | the pairs, as slices of the body | [`pairs`], [`Rules::pairs`] | never |
//! | what is dropped, too | [`segments`], [`Rules::segments`] | never |
//! | one key or value as text | [`Pair::decode_value`], [`decode`](decode()) | where something is decoded or repaired |
//! | the object of pairs as JSON | [`to_json`], [`Options::to_json`], [`Options::write_json`] | the output; in the modes of [`Duplicates`] that look for names, these and each value that is decoded or repaired |
//! | the same of a body that comes in chunks | [`Stream`] | the JSON of a chunk, and what is held back |
//! | a JSON string beside these | [`write_string`] | the output |
//! | the event as JSON | [`Event`] | the same; lists of more than 16 headers or 2 extra members |
//! | the event in the function | [`EventBuf`] | all of it: it is owned |
//!
//! # The rules
//!
//! By default ([`Rules::Template`]) a segment between two `&` is a pair when it holds exactly one
//! `=` with at least one byte before it; nothing is decoded. [`Options::decode`] decodes `+` and
//! `%XX` after splitting, and [`Rules::Whatwg`] splits as the URL Standard does; with both the
//! result is that of the Standard's [`application/x-www-form-urlencoded` parser][parser]. The
//! JSON follows [RFC 8259], is compact, and is byte for byte what `serde_json` writes for the same
//! strings.
//!
//! Any bytes are taken: what is not UTF-8 becomes U+FFFD, or with [`Options::strict_utf8`] an
//! [`Error`] that says where. An error leaves nothing behind in the caller's buffer. Memory that
//! cannot be had is an error too wherever there is a `Result`; functions without one end as the
//! collections of `alloc` do. Nothing panics.
//!
//! [parser]: https://url.spec.whatwg.org/#concept-urlencoded-parser
//! [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
//!
//! # Features
//!
//! The crate is `no_std` and needs `alloc`. All features are on by default.
//!
//! * `serde`: `Serialize` for [`Event`], and [`EventBuf`] with [`FieldValue`], the owned event.
//! * `simd`: SIMD instructions of `x86_64` (AVX2 or SSE2), `aarch64` (NEON) and `wasm32` (simd128,
//!   where the target has it). The result is the same without; there is no other switch.
//! * `std`: the `std` features of the dependencies, and with `simd` on `x86_64` the choice of AVX2 when
//!   the program runs. Without it AVX2 is used where the target is known to have it.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(fuzzing, allow(dead_code, reason = "fuzzing takes one function of the tests"))]

extern crate alloc;

mod decode;
mod distinct;
mod duplicates;
mod error;
mod event;
#[cfg(feature = "serde")]
mod event_buf;
mod fused;
mod json;
mod members;
mod object;
mod options;
mod pairs;
mod room;
mod scan;
#[cfg(feature = "serde")]
mod serialize;
mod stream;

pub use decode::decode;
pub use error::{Error, Part};
pub use event::Event;
#[cfg(feature = "serde")]
pub use event_buf::{EventBuf, FieldValue};
pub use json::write_string;
pub use options::{Duplicates, Options, to_json};
pub use pairs::{Dropped, Pair, Pairs, Reason, Rules, Segments, pairs, segments};
pub use stream::Stream;

/// The README's examples are tests too.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// Compares the scanners of this machine for one body; there for the fuzz targets alone.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn check_scanners(body: &[u8]) {
    fused::tests::check(body);
}
