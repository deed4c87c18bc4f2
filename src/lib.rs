//! Turns a posted web form (`application/x-www-form-urlencoded`) into the JSON event of an AWS
//! Lambda function.
//!
//! It does what an Amazon API Gateway mapping template does in front of an asynchronously invoked
//! function, and does it right: every dropped field can be seen, the JSON is always valid, and no
//! sender can smuggle JSON into it.
//!
#![cfg_attr(feature = "serde", doc = "```")]
#![cfg_attr(not(feature = "serde"), doc = "```ignore")]
//! use formevent::{Event, ReceivedEvent};
//!
//! // In place of the gateway:
//! let body = "name=Ada+L.&note=&a=b=c";
//! let json = Event::new(body)
//!     .header("Content-Type", "application/x-www-form-urlencoded")
//!     .stage("prod")
//!     .source_ip("192.0.2.1")
//!     .user_agent("curl/8.5.0")
//!     .to_string()?;
//!
//! // In your function:
//! let event: ReceivedEvent = serde_json::from_str(&json)?;
//! assert_eq!(event.get("name"), Some("Ada+L."));
//! assert_eq!(event.get("a"), None); // `a=b=c` is not a pair by the template's rules,
//!
//! // but you can ask for everything that was dropped:
//! let dropped = formevent::segments(body).find_map(Result::err).unwrap();
//! assert_eq!((dropped.offset, dropped.reason.as_str()), (18, "many-equals"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to start
//!
//! | you want | use | allocates |
//! | --- | --- | --- |
//! | the pairs, as slices of the body | [`pairs`], [`Rules::pairs`] | never |
//! | the dropped segments too | [`segments`], [`Rules::segments`] | never |
//! | one key or value as text | [`Pair::decode_value`], [`decode`](decode()) | if it decodes or repairs something |
//! | the object of pairs as JSON | [`to_string`], [`Options::to_string`], [`Options::append_to_vec`] | the output; in the modes of [`Duplicates`] that look for repeats more: see there |
//! | the same from a body in chunks | [`Transcoder`] | the JSON of a chunk, and one segment |
//! | the keys that repeat | [`Options::repeated_keys`] | up to 16 bytes a segment; if there are any, the keys |
//! | what the mapping template would have done | [`template::verdict`] | from 33 segments on, or if a key repeats |
//! | the event as JSON | [`Event`] | the output; lists of more than 16 headers or 1 extra member |
#![cfg_attr(
    feature = "shapes",
    doc = "| the event in another shape | [`Preset`], [`Shape`] | once, to parse a shape of your own |"
)]
#![cfg_attr(
    feature = "serde",
    doc = "| the form as a type of yours | [`from_str`], [`from_bytes`], [`Options::deserialize`] | what the type does: see [`de`] |"
)]
#![cfg_attr(
    feature = "serde",
    doc = "| the event in your function | [`ReceivedEvent`] | all of it: it is owned |"
)]
#![cfg_attr(
    feature = "http",
    doc = "| the event of an HTTP request, its content type checked | [`Request`] | the list of headers |"
)]
#![cfg_attr(
    feature = "multipart",
    doc = "| the parts of a form with files, as slices of the body | [`multipart::Multipart`] | never |"
)]
#![cfg_attr(
    feature = "multipart",
    doc = "| the event of such a form | [`multipart::Form`] | the fields of text, then as above |"
)]
#![cfg_attr(
    all(feature = "multipart", feature = "serde"),
    doc = "| such a form as a type of yours | [`multipart::Form::deserialize`] | the same |"
)]
//! | a JSON string beside these | [`append_json_string`] | the output |
//!
//! # The rules
//!
//! By default ([`Rules::Template`]) a segment between two `&` is a pair if it has exactly one `=` and
//! at least one byte before it, and nothing is decoded. [`Options::decode`] decodes `+` and `%XX`
//! after splitting. [`Rules::Whatwg`] splits as the URL Standard does; with `decode` you get exactly
//! the Standard's [`application/x-www-form-urlencoded` parser][parser]. The JSON follows [RFC 8259],
//! is compact, and equals byte for byte what `serde_json` writes for the same strings.
//!
//! **A repeated key is written again**, as the template does, and most JSON readers keep only its last
//! value. [`Duplicates`] has the other modes.
//!
//! Bodies are any bytes. Invalid UTF-8 becomes U+FFFD, or with [`Utf8::Strict`] an [`Error`] that says
//! where it is. An error leaves your buffer as it was. Running out of memory is an error too wherever a
//! function returns our `Error`; the others end as `Vec` does. Nothing panics.
//!
//! # How it works
//!
//! `split` reads the rule that makes pairs. `fast` states it once more, in a single pass that splits,
//! decodes, escapes and writes, on the SIMD scanners of `scan` and the blocks of `avx512`. `object`
//! takes that fast path and, when a limit or strict UTF-8 may be violated, the slow path, which reports
//! the error. `transcoder` and `event` build on `object`; `keys` finds repeated keys. `shape` parses the
//! document that `event` fills.
//!
//! [parser]: https://url.spec.whatwg.org/#concept-urlencoded-parser
//! [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
//!
//! # Features
//!
//! The crate is `no_std` and needs `alloc`. On by default are:
//!
//! * `serde`: forms as types of your own (the module `de`), `Serialize` for [`Event`], and `ReceivedEvent`, the owned
//!   event.
//! * `shapes`: `Shape` and `Preset`, events other than the template's.
//! * `simd`: SIMD instructions of `x86_64` (AVX-512, AVX2 or SSE2), `aarch64` (NEON) and `wasm32`
//!   (simd128, if the target has it). The results are the same without.
//! * `std`: `to_writer`, and with `simd` on `x86_64` the choice of AVX-512 or AVX2 at run time. Without
//!   `std`, they are used only if the target is known to have them.
//!
//! The others are not:
//!
//! * `http`: `Request`, a form in an `http::Request`. It checks the content type. Turns on `std`.
//! * `aws`: `Request` also from the events of API Gateway, function URLs, load balancers and Lambda@Edge, with
//!   the types of `aws_lambda_events`. Turns on `http` and `serde`.
//! * `encoding`: the module `encoding` and `Request::into_utf8`, for forms in other encodings than UTF-8.
//! * `multipart`: the module `multipart`, for forms with files (`multipart/form-data`), and `Request::form`. It
//!   brings no dependencies. An event has a reference more, so it is not on by default.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(fuzzing, allow(dead_code, reason = "fuzzing uses one function of the tests"))]

extern crate alloc;

#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod blocks;
mod buffer;
#[cfg(feature = "serde")]
pub mod de;
#[cfg(feature = "encoding")]
pub mod encoding;
mod error;
mod escape;
mod event;
mod fast;
mod json;
mod keys;
mod limits;
#[cfg(feature = "multipart")]
pub mod multipart;
mod name_values;
mod names;
mod object;
mod options;
mod percent;
#[cfg(feature = "serde")]
mod received;
#[cfg(feature = "http")]
mod request;
mod scan;
#[cfg(feature = "serde")]
mod serialize;
mod shape;
mod split;
pub mod template;
mod text;
mod transcoder;
#[cfg(feature = "serde")]
mod typed_event;
mod utf8;

#[cfg(feature = "serde")]
pub use de::{from_bytes, from_str};
pub use error::{Error, Input};
pub use event::{Event, Header};
pub use json::append_json_string;
pub use names::UnknownName;
pub use object::{RepeatedKey, to_string};
pub use options::{Duplicates, Options};
#[cfg(feature = "serde")]
pub use received::{FieldValue, ReceivedEvent};
#[cfg(feature = "http")]
pub use request::{Request, RequestError};
#[cfg(feature = "shapes")]
pub use shape::{Preset, Shape, ShapeError, ShapeErrorKind};
pub use split::{DropReason, Dropped, Pair, Pairs, Rules, Segments, pairs, segments};
pub use text::decode;
pub use transcoder::Transcoder;
#[cfg(feature = "serde")]
pub use typed_event::TypedEvent;
pub use utf8::Utf8;

/// Tests the README's examples.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// Compares the scanners of this machine for one body. For the fuzz targets alone.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn check_scanners(body: &[u8]) {
    fast::tests::check(body);
}
