//! The shapes in wide use.

use super::parse::starts_with;
use super::{Shape, shape, split_file};
use crate::names::names;
use crate::{Options, Rules};

/// A shape in wide use, with the options that go with it.
///
/// # Examples
///
/// ```
/// use formevent::{Event, Preset};
///
/// let preset: Preset = "data".parse()?;
/// let event = Event::new("name=Ada+L.").options(preset.options()).shape(preset.shape());
/// assert_eq!(event.to_string()?, r#"{"data":{"name":"Ada L."}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// The mapping template's five members: `{"headers":{…},"querystring":{…},"stage":"…",…}`. It is the
    /// shape of an event that you give none, and is not decoded.
    #[default]
    Template,
    /// The pairs alone, decoded: `{"name":"Ada L."}`. The rules are the template's, as those of the
    /// template that people paste.
    Flat,
    /// The pairs alone, not decoded, by the URL Standard's rules: its template keeps `a` and `a=b=c`.
    FlatRaw,
    /// The pairs as the member `data`, decoded, by the URL Standard's rules: its template keeps `a`.
    Data,
    /// The event of the Serverless Framework's `integration: lambda`. The pairs are its `body`, decoded
    /// by the URL Standard's rules.
    Serverless,
    /// The event of API Gateway's "method request passthrough" template. `body-json` is the body as a
    /// string.
    Passthrough,
    /// The body alone, as a string: `{"body":"…"}`.
    Raw,
    /// The proxy event of a REST API or a load balancer (payload format 1.0). The body is a string.
    /// The time is in ISO 8601, where API Gateway has the format of log files.
    ProxyV1,
    /// The proxy event of an HTTP API or a function URL (payload format 2.0). The body is in base64. The time
    /// is in ISO 8601, where API Gateway has the format of log files. Cookies stay in the header `cookie`.
    ProxyV2,
}

names!(Preset {
    Template => "template",
    Flat => "flat",
    FlatRaw => "flat-raw",
    Data => "data",
    Serverless => "serverless",
    Passthrough => "passthrough",
    Raw => "raw",
    ProxyV1 => "proxy-v1",
    ProxyV2 => "proxy-v2",
});

/// Parses the files at compile time.
macro_rules! presets {
    ($($variant:ident $file:literal)+) => {
        impl Preset {
            /// The preset's shape.
            pub const fn shape(self) -> &'static Shape {
                match self {
                    $(Preset::$variant => {
                        static SHAPE: Shape = shape!($variant);
                        &SHAPE
                    })+
                }
            }

            /// The rules that go with the preset.
            pub const fn rules(self) -> Rules {
                match self {
                    $(Preset::$variant => const {
                        if contains(split_file($variant).0, "\"rules\": \"whatwg\"") {
                            Rules::Whatwg
                        } else {
                            Rules::Template
                        }
                    })+
                }
            }

            /// Whether the preset percent-decodes the pairs.
            pub const fn decode(self) -> bool {
                match self {
                    $(Preset::$variant => {
                        const { contains(split_file($variant).0, "\"decode\": true") }
                    })+
                }
            }

            /// The options that go with the preset: its [`rules`](Self::rules) and whether it
            /// [decodes](Self::decode).
            pub const fn options(self) -> Options {
                Options::new().rules(self.rules()).decode(self.decode())
            }
        }

        $(
            #[expect(non_upper_case_globals, reason = "called as the variant")]
            const $variant: &str = include_str!(concat!("../../shapes/", $file, ".json"));
        )+
    };
}

presets! {
    Template "template"
    Flat "flat"
    FlatRaw "flat-raw"
    Data "data"
    Serverless "serverless"
    Passthrough "passthrough"
    Raw "raw"
    ProxyV1 "proxy-v1"
    ProxyV2 "proxy-v2"
}

const fn contains(text: &str, part: &str) -> bool {
    let mut at = 0;
    while at < text.len() {
        if starts_with(text.as_bytes(), at, part.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}
