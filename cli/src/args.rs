//! The command line.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use formevent::Event;

use crate::input::Form;

/// Turns a posted web form into the JSON event of an AWS Lambda function.
///
/// A body is taken byte for byte: from the argument, or else from standard input, where a line
/// feed at the end belongs to it (printf '%s' sends none).
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(name = "formevent", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The body, such as 'name=Ada&note='; standard input when left out or '-'
    pub(crate) body: Option<OsString>,

    /// Print the object of pairs alone, not the event
    #[arg(long, conflicts_with_all = ["header", "stage", "source_ip", "user_agent", "extra"])]
    pub(crate) pairs: bool,

    /// How the body is split into pairs
    #[arg(long, value_enum, default_value_t)]
    rules: Rules,

    /// Decode '+' and %XX
    #[arg(long)]
    decode: bool,

    /// What is written for a name that comes more than once
    #[arg(long, value_enum, default_value_t)]
    duplicates: Duplicates,

    /// Refuse bytes that are not UTF-8 instead of writing U+FFFD
    #[arg(long)]
    strict_utf8: bool,

    /// Refuse a body of more bytes
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    pub(crate) max_bytes: usize,

    /// Refuse a body of more pairs
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    max_pairs: usize,

    /// Refuse to write more bytes of JSON for a body
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    max_output: usize,

    /// A header of the event, 'Name: value'; may be given again
    #[arg(long, value_name = "HEADER", allow_hyphen_values = true, value_parser = header)]
    header: Vec<(String, String)>,

    /// The event's stage
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    stage: String,

    /// The event's source address
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    source_ip: String,

    /// The event's user agent
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    user_agent: String,

    /// An extra member of the event, name=value; may be given again
    #[arg(long, value_name = "MEMBER", allow_hyphen_values = true, value_parser = extra)]
    extra: Vec<(String, String)>,

    /// Name what is dropped, as JSON lines on standard error
    #[arg(long)]
    pub(crate) dropped: bool,

    /// The body comes in base64, as HTTP APIs deliver it
    #[arg(long)]
    pub(crate) base64: bool,

    /// Each line of standard input is a body: one line of JSON for each, null for one that fails
    #[arg(long, conflicts_with = "body")]
    pub(crate) lines: bool,
}

const EXAMPLES: &str = "\
Examples:
  formevent 'name=Ada&note='
  formevent --pairs --decode --duplicates group 'to=a&to=b'
  formevent --header 'Host: api.example.com' --stage prod --dropped 'a=1&b'
  formevent --lines --base64 <captured.txt >events.jsonl

Exit status: 0; 1 for bad input, with a message on standard error; 2 for bad usage.";

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Rules {
    /// A pair has exactly one '=' and a key before it; the rest is dropped
    #[default]
    Template,
    /// The URL Standard's: split at the first '=', nothing is dropped
    Whatwg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Duplicates {
    /// The name again for each pair
    #[default]
    Keep,
    /// The first value
    First,
    /// The last value
    Last,
    /// An array of all values
    Group,
}

impl Args {
    /// The arguments of this process; on bad usage it ends here, with 2.
    pub(crate) fn of_process() -> Args {
        let args = Args::parse();
        if let Err(error) = args.event(b"").to_json() {
            // No body yet: without one, only an extra member's name can be wrong.
            if matches!(error, formevent::Error::MemberExists { .. }) {
                Args::command().error(ErrorKind::ValueValidation, error).exit();
            }
        }
        args
    }

    pub(crate) fn options(&self) -> formevent::Options {
        formevent::Options::new()
            .rules(match self.rules {
                Rules::Template => formevent::Rules::Template,
                Rules::Whatwg => formevent::Rules::Whatwg,
            })
            .decode(self.decode)
            .duplicates(match self.duplicates {
                Duplicates::Keep => formevent::Duplicates::Keep,
                Duplicates::First => formevent::Duplicates::First,
                Duplicates::Last => formevent::Duplicates::Last,
                Duplicates::Group => formevent::Duplicates::Group,
            })
            .strict_utf8(self.strict_utf8)
            .max_bytes(self.max_bytes)
            .max_pairs(self.max_pairs)
            .max_output(self.max_output)
    }

    /// How a body stands in the input; the most that is read decodes to no less than allowed.
    pub(crate) fn form(&self) -> Form {
        let most =
            if self.base64 { self.max_bytes.div_ceil(3).saturating_mul(4) } else { self.max_bytes };
        Form { skip_space: self.base64, most }
    }

    pub(crate) fn event<'a>(&'a self, body: &'a [u8]) -> Event<'a> {
        let event = Event::new(body)
            .options(self.options())
            .headers(self.header.iter().map(|(name, value)| (name, value)))
            .stage(&self.stage)
            .source_ip(&self.source_ip)
            .user_agent(&self.user_agent);
        self.extra.iter().fold(event, |event, (name, value)| event.extra(name, value))
    }
}

/// Without the blanks around it.
fn trim(text: &str) -> String {
    text.trim_matches([' ', '\t']).to_owned()
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !trim(name).is_empty() => Ok((trim(name), trim(value))),
        _ => Err("a header is 'Name: value'".to_owned()),
    }
}

fn extra(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("an extra member is name=value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }
}
