//! The names of an enum's variants, stated once for Rust, the command, the npm package and the
//! worker.

use core::fmt::{self, Write as _};

use alloc::string::String;

/// Gives an enum `ALL`, `as_str`, `Display` and `FromStr`. Names the module if it is not the root.
macro_rules! names {
    ($enum:ident $(in $module:ident)? { $($variant:ident => $name:literal,)+ }) => {
        impl $enum {
            /// Every variant, the default first if there is one.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use formevent::", $(stringify!($module), "::",)? stringify!($enum), ";")]
            ///
            #[doc = concat!("let names = ", stringify!($enum), "::ALL.iter().map(|it| it.as_str());")]
            #[doc = concat!("assert!(names.eq([", $("\"", $name, "\", ",)+ "]));")]
            /// ```
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            const NAMES: &'static [&'static str] = &[$($name),+];

            /// The variant's name, as the command and the npm package spell it. [`FromStr`] reads it
            /// back.
            ///
            /// [`FromStr`]: core::str::FromStr
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use formevent::", $(stringify!($module), "::",)? stringify!($enum), ";")]
            ///
            #[doc = concat!("for it in ", stringify!($enum), "::ALL {")]
            ///     assert_eq!(it.as_str().parse(), Ok(*it));
            /// }
            /// ```
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl core::fmt::Display for $enum {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::str::FromStr for $enum {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().find(|it| it.as_str() == name);
                known.copied().ok_or_else(|| $crate::UnknownName::new(name, Self::NAMES))
            }
        }
    };
}

pub(crate) use names;

/// A name that no variant of the enum has. Returned by the `FromStr` of [`Rules`](crate::Rules),
/// [`Duplicates`](crate::Duplicates), [`Utf8`](crate::Utf8), [`DropReason`](crate::DropReason) and
/// `Preset`.
///
/// # Examples
///
/// ```
/// let error = "standard".parse::<formevent::Rules>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown name `standard`, expected one of: template, whatwg");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    name: String,
    expected: &'static [&'static str],
}

impl UnknownName {
    pub(crate) fn new(name: &str, expected: &'static [&'static str]) -> Self {
        UnknownName { name: copy(name), expected }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name `{}`, expected one of", Escaped(self.name.as_bytes()))?;
        for (index, name) in self.expected.iter().enumerate() {
            write!(f, "{} {name}", if index == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownName {}

/// A copy of `text` for an error; empty if memory is short.
pub(crate) fn copy(text: &str) -> String {
    let mut copy = String::new();
    let _ = copy.try_reserve_exact(text.len()).map(|()| copy.push_str(text));
    copy
}

/// Formats text for a message: at most 40 bytes of it, with characters escaped that could forge a log
/// line. Unlike `escape_debug` it contains no panic.
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..40).unwrap_or(self.0);
        for chunk in shown.utf8_chunks() {
            for char in chunk.valid().chars() {
                // Controls, line breaks, and characters that change the direction or are invisible.
                let is_unsafe = char.is_control()
                    || matches!(char, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}')
                    || matches!(char, '\\' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
                if is_unsafe {
                    write!(f, "{}", char.escape_default())
                } else {
                    f.write_char(char)
                }?;
            }
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        f.write_str(if shown.len() < self.0.len() { "…" } else { "" })
    }
}
