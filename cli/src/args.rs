//! The command line.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::SystemTime;

use bytesize::ByteSize;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use clap_lex::OsStrExt;
use clap_mangen::Man;
use formevent::{Duplicates, Event, Input, Preset, Rules, Shape, ShapeError, UnknownName, Utf8};

use crate::audit::AuditArgs;
use crate::file;
use crate::input::Form;
use crate::layout::{self, Layout};
use crate::notes::Message;

/// Turns a posted web form into the JSON event of an AWS Lambda function.
///
/// Reads the body byte for byte, from the argument, a file or standard input. A line feed at the end
/// is part of the body; printf '%s' writes none.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(name = "formevent", version, after_help = EXAMPLES)]
// `help` can be a body. Options before a task would be ignored.
#[command(disable_help_subcommand = true, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) task: Option<Task>,

    /// The body, such as 'name=Ada&note=', or @FILE to read a file, as --file does. Leave it out or pass
    /// '-' to read standard input. To convert the name of a command, pass it after '--'
    body: Option<OsString>,

    /// Read the body from FILE, or from standard input if it is '-'. Decompresses gzip and zstd, which it
    /// recognizes by their first bytes
    #[arg(short, long, value_name = "FILE", conflicts_with = "body")]
    file: Option<PathBuf>,

    /// Convert the argument itself, even if it is '-' or begins with '@'
    #[arg(long, requires = "body", conflicts_with = "file")]
    raw: bool,

    /// Print only the object of pairs, without the event around it
    #[arg(short, long, conflicts_with_all = EVENT)]
    pub(crate) pairs: bool,

    /// Write the event in this shape: the name of a preset, or a file that holds a JSON
    /// document with holes, such as {"form": "$pairs"}. A preset brings its own --rules and --decode
    #[arg(short, long, value_name = "NAME|FILE", default_value_t, value_parser = shape, hide_default_value = true)]
    shape: ShapeArg,

    /// How to split the body into pairs. `template` keeps segments with a key and exactly one '=', and
    /// drops the others. `whatwg`, the rules of the URL Standard, splits each segment at its first
    /// '=' and drops none [default: template, or the preset's]
    #[arg(long, value_parser = one_of(Rules::ALL, Rules::as_str))]
    rules: Option<Rules>,

    /// Percent-decode keys and values: '+' becomes a space, %XX a byte [default: false, or the
    /// preset's]
    #[arg(short, long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    decode: Option<bool>,

    /// Which values of a repeated key to write. `keep` repeats the key in the JSON; most readers then
    /// keep only its last value. `first` and `last` write one value, `group` an array of all values;
    /// `arrays` writes an array for every key
    #[arg(long, default_value_t, value_parser = one_of(Duplicates::ALL, Duplicates::as_str))]
    duplicates: Duplicates,

    /// Refuse a body that is not UTF-8 instead of replacing invalid bytes with U+FFFD
    #[arg(long)]
    strict_utf8: bool,

    /// Refuse bodies longer than SIZE: bytes, or with a unit as in 64k, 1.5MB or 2MiB (1 k is 1000 bytes,
    /// 1 Ki is 1024)
    #[arg(long, value_name = "SIZE", value_parser = size, default_value_t = usize::MAX, hide_default_value = true)]
    pub(crate) max_bytes: usize,

    /// Refuse bodies with more than N pairs
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    max_pairs: usize,

    /// Refuse bodies whose JSON is longer than SIZE
    #[arg(long, value_name = "SIZE", value_parser = size, default_value_t = usize::MAX, hide_default_value = true)]
    max_output: usize,

    /// Add a header to the event, 'Name: value'; repeat the option for more
    #[arg(short = 'H', long, value_name = "HEADER", allow_hyphen_values = true, value_parser = header)]
    header: Vec<(String, String)>,

    /// Set the stage of the event
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    stage: String,

    /// Set the source address of the event
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    source_ip: String,

    /// Set the user agent of the event
    #[arg(
        short = 'A',
        long,
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    user_agent: String,

    /// Set the method of the request, for shapes that have it
    #[arg(
        short = 'X',
        long,
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    method: String,

    /// Set the path of the request, for shapes that have it
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    path: String,

    /// Set the query string of the request, without the '?', for shapes that have it
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    query_string: String,

    /// Set the id of the request, for shapes that have it
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    request_id: String,

    /// Set the time of the request in milliseconds since 1970, for shapes that have it [default: now]
    #[arg(long, value_name = "MS")]
    time_epoch: Option<u64>,

    /// Add a member to the event, name=value; repeat the option for more. It goes into the hole
    /// $extra.NAME of the shape, or to the end of the outermost object
    #[arg(long, value_name = "MEMBER", allow_hyphen_values = true, value_parser = extra)]
    extra: Vec<(String, String)>,

    /// Indent the JSON, a value per line
    #[arg(long)]
    pretty: bool,

    /// When to color the JSON. `auto` does on a terminal, unless the environment sets `NO_COLOR`
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,

    /// Report each dropped segment as a line of JSON in FILE, which is overwritten; without FILE, or if it
    /// is '-', on standard error
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-", require_equals = true)]
    dropped: Option<PathBuf>,

    /// Report each key that occurs more than once as a line of JSON on standard error
    #[arg(long)]
    pub(crate) repeated: bool,

    /// Write each error about a body, an input or an output as text, or as a line of JSON. A mistake in the
    /// command line is always text
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) errors: Format,

    /// Decode the body from base64, as HTTP APIs deliver it
    #[arg(short, long)]
    pub(crate) base64: bool,

    /// Read a body from each line of standard input or of a file, and print its JSON on a line, or null
    /// if the body is bad
    #[arg(short, long)]
    pub(crate) lines: bool,
}

/// The source of the bodies.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Argument(&'a OsStr),
    Stdin,
    File(&'a Path),
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Argument(_) => f.write_str("the argument"),
            Source::File(path) if !file::is_stdin(path) => file::name(path).fmt(f),
            Source::Stdin | Source::File(_) => f.write_str("standard input"),
        }
    }
}

/// How to write errors.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// A task other than converting a body.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    Audit(AuditArgs),

    /// Prints a script that completes the options in a shell
    Completions {
        shell: Shell,
    },

    /// Prints the manual page of formevent, or of one of its commands, for man
    Man {
        #[arg(value_parser = ["audit", "completions", "man"])]
        command: Option<String>,
    },
}

const EXAMPLES: &str = "\
Examples:
  formevent 'name=Ada&note='
  formevent --pairs --decode --duplicates group 'to=a&to=b'
  formevent --header 'Host: api.example.com' --stage prod --dropped 'a=1&b'
  formevent --shape proxy-v2 --method POST --path /contact 'name=Ada'
  formevent @form.txt
  formevent --lines --base64 --dropped=dropped.jsonl --file captured.txt.gz >events.jsonl
  formevent audit captured.txt

Exit status:
  0  every body was converted
  1  a body was bad, or reading or writing failed; standard error has the message
  2  the command line was wrong";

impl Args {
    /// Parses the arguments of this process. If the user asks for the help or the version, that is
    /// the error.
    pub(crate) fn of_process() -> Result<Args, clap::Error> {
        let args = Args::try_parse().map_err(|error| {
            // clap takes a second body as a subcommand.
            if let Some(ContextValue::String(second)) = error.get(ContextKind::InvalidSubcommand) {
                let message = format!(
                    "there is one body, but '{second}' comes after it; quote a body that has '&' or spaces"
                );
                return Args::command().error(ErrorKind::TooManyValues, message);
            }
            error
        })?;
        if args.lines && matches!(args.source(), Source::Argument(_)) {
            let message = "--lines reads bodies from standard input or a file, not from the argument: \
                           pass @FILE or --file FILE";
            return Err(Args::command().error(ErrorKind::ArgumentConflict, message));
        }
        // With an empty body and no limits, only extra members can cause an error.
        match args.event(b"").options(formevent::Options::new()).to_string() {
            Err(error) => Err(Args::command().error(ErrorKind::ValueValidation, text(&error))),
            Ok(_) => Ok(args),
        }
    }

    pub(crate) fn source(&self) -> Source<'_> {
        match (&self.file, &self.body) {
            (Some(path), _) => Source::File(path),
            (None, None) => Source::Stdin,
            (None, Some(body)) if self.raw => Source::Argument(body),
            (None, Some(body)) if body == "-" => Source::Stdin,
            (None, Some(body)) => match body.strip_prefix("@") {
                Some(path) => Source::File(Path::new(path)),
                None => Source::Argument(body),
            },
        }
    }

    /// Returns whether the user named no input, so that standard input may come as a surprise.
    pub(crate) fn names_no_input(&self) -> bool {
        self.file.is_none() && self.body.is_none()
    }

    /// Returns what to try if `source` cannot be read.
    pub(crate) fn read_hint(&self) -> String {
        match &self.body {
            Some(body) if matches!(self.source(), Source::File(_)) => {
                format!("; to convert '{}' itself, add --raw", body.display())
            }
            _ => String::new(),
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(self.pretty, layout::has_colors(self.color))
    }

    /// Whether the user asked for reports on dropped segments.
    pub(crate) fn reports_dropped(&self) -> bool {
        self.dropped.is_some()
    }

    /// Returns the file for these reports. Without one, they go to standard error.
    pub(crate) fn dropped_file(&self) -> Option<&Path> {
        self.dropped.as_deref().filter(|path| path.as_os_str() != "-")
    }

    /// Whether the user asked for reports on standard error.
    pub(crate) fn reports(&self) -> bool {
        self.repeated || self.reports_dropped() && self.dropped_file().is_none()
    }

    /// Returns the preset whose rules and decoding apply unless the user sets others.
    fn preset(&self) -> Preset {
        match &self.shape {
            ShapeArg::Preset(preset) => *preset,
            ShapeArg::Own(_) => Preset::default(),
        }
    }

    pub(crate) fn rules(&self) -> Rules {
        self.rules.unwrap_or(self.preset().rules())
    }

    pub(crate) fn options(&self) -> formevent::Options {
        formevent::Options::new()
            .rules(self.rules())
            .decode(self.decode.unwrap_or(self.preset().decode()))
            .duplicates(self.duplicates)
            .utf8(if self.strict_utf8 { Utf8::Strict } else { Utf8::Replace })
            .max_bytes(self.max_bytes)
            .max_pairs(self.max_pairs)
            .max_output(self.max_output)
    }

    /// Returns how to read a body. Its limit has room for the base64 of `max_bytes`.
    pub(crate) fn form(&self) -> Form {
        let max =
            if self.base64 { self.max_bytes.div_ceil(3).saturating_mul(4) } else { self.max_bytes };
        Form { skip_space: self.base64, max }
    }

    /// Whether the body can be converted as it comes. An option that can refuse the body cannot: a bad body
    /// prints nothing.
    pub(crate) fn can_stream(&self) -> bool {
        let limits = [self.max_bytes, self.max_pairs, self.max_output];
        let can_refuse =
            self.base64 || self.strict_utf8 || limits.iter().any(|&max| max != usize::MAX);
        !can_refuse
            && !self.repeated
            && self.duplicates == Duplicates::Keep
            && (self.pairs || self.shape().is_streamable())
            && !matches!(self.source(), Source::Argument(_))
    }

    fn shape(&self) -> &Shape {
        match &self.shape {
            ShapeArg::Preset(preset) => preset.shape(),
            ShapeArg::Own(shape) => shape,
        }
    }

    pub(crate) fn event<'a>(&'a self, body: &'a [u8]) -> Event<'a> {
        let event = Event::new(body)
            .options(self.options())
            .headers(&self.header)
            .stage(&self.stage)
            .source_ip(&self.source_ip)
            .user_agent(&self.user_agent)
            .method(&self.method)
            .path(&self.path)
            .query_string(&self.query_string)
            .request_id(&self.request_id)
            .time_epoch(self.time_epoch.unwrap_or_else(now))
            .shape(self.shape());
        self.extra.iter().fold(event, |event, (name, value)| event.extra(name, value))
    }
}

impl Task {
    /// Returns the completion script for `shell`.
    pub(crate) fn completions(shell: Shell) -> Vec<u8> {
        let mut script = Vec::new();
        let mut formevent = Args::command();
        let name = formevent.get_name().to_owned();
        clap_complete::generate(shell, &mut formevent, name, &mut script);
        script
    }

    /// Returns the manual page of the command `name`, or without it of formevent.
    pub(crate) fn man(name: Option<&str>) -> io::Result<Vec<u8>> {
        let mut formevent = Args::command();
        // Gives the commands their full names.
        formevent.build();
        let command = name.and_then(|name| formevent.find_subcommand(name)).unwrap_or(&formevent);
        let mut page = Vec::new();
        Man::new(command.clone()).render(&mut page)?;
        Ok(page)
    }
}

/// The options about the event around the pairs.
const EVENT: [&str; 11] = [
    "shape",
    "header",
    "stage",
    "source_ip",
    "user_agent",
    "method",
    "path",
    "query_string",
    "request_id",
    "time_epoch",
    "extra",
];

/// The value of `--shape`.
#[derive(Clone, Debug)]
enum ShapeArg {
    Preset(Preset),
    Own(Shape),
}

impl Default for ShapeArg {
    fn default() -> Self {
        ShapeArg::Preset(Preset::default())
    }
}

impl fmt::Display for ShapeArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShapeArg::Preset(preset) => preset.fmt(f),
            ShapeArg::Own(shape) => write!(f, "{shape:?}"),
        }
    }
}

/// Parses the name of a preset, or reads the file with this name.
fn shape(name: &str) -> Result<ShapeArg, String> {
    if let Ok(preset) = name.parse() {
        return Ok(ShapeArg::Preset(preset));
    }
    let text = fs::read_to_string(name).map_err(|error| {
        let names: Vec<_> = Preset::ALL.iter().map(|preset| preset.as_str()).collect();
        format!("it is not a preset ({}), and not a file to read: {error}", names.join(", "))
    })?;
    text.parse().map(ShapeArg::Own).map_err(|error: ShapeError| error.to_string())
}

/// Parses a number of bytes. One that is too large for this machine is no limit.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    match text.parse::<ByteSize>() {
        Ok(size) => Ok(usize::try_from(size.as_u64()).unwrap_or(usize::MAX)),
        // The library's text leaves out most units.
        Err(_) => {
            Err("write a size as a number of bytes, or with one of the units k, M, G, T, P, E \
                       (powers of 1000) and Ki, Mi, Gi, Ti, Pi, Ei (powers of 1024)"
                .to_owned())
        }
    }
}

/// Returns the time in milliseconds since 1970.
fn now() -> u64 {
    let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Returns a parser of the names of `variants`.
fn one_of<T>(variants: &[T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + FromStr<Err = UnknownName> + Send + Sync + 'static,
{
    PossibleValuesParser::new(variants.iter().copied().map(name)).try_map(|name| name.parse())
}

/// Returns the text of `error`, with flags of the command line in place of the library's methods.
fn text(error: &formevent::Error) -> String {
    use formevent::Error;

    match error {
        Error::TooManyBytes { max } => format!("the body is longer than --max-bytes {max} allows"),
        Error::TooManyPairs { max, offset } => format!(
            "the body has more pairs than --max-pairs {max} allows: the first one too many is at \
             byte offset {offset}"
        ),
        Error::TooMuchOutput { max, offset } => format!(
            "the JSON is longer than --max-output {max} allows: it exceeds the limit at byte \
             offset {offset} of the body"
        ),
        // The other texts come from the command line, which is UTF-8.
        Error::InvalidUtf8 { input, offset } => {
            // No other argument can hold such bytes.
            let input = if *input == Input::QueryString { "--query-string" } else { "the body" };
            format!(
                "{input} is not UTF-8 at byte offset {offset}, and --strict-utf8 refuses such bytes"
            )
        }
        Error::MemberExists { name } => format!(
            "--extra '{name}=…' names a member that the event already has; choose another name"
        ),
        Error::MemberUnplaced { name } => format!(
            "--extra '{name}=…' has no place: the document of --shape is not an object, and has \
             no hole $extra.{name}"
        ),
        Error::MemberMissing { name } => {
            format!("--shape has the hole $extra.{name}: add --extra '{name}=…'")
        }
        _ => error.to_string(),
    }
}

/// Returns the message about a body.
pub(crate) fn message(error: &formevent::Error) -> Message {
    Message { text: text(error), offset: error.offset() }
}

fn trim(text: &str) -> String {
    text.trim_matches([' ', '\t']).to_owned()
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !trim(name).is_empty() => Ok((trim(name), trim(value))),
        _ => Err("write a header as 'Name: value'".to_owned()),
    }
}

fn extra(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write an extra member as name=value".to_owned()),
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
