//! `formevent audit`: reports how the mapping template would have treated captured bodies.

mod keys;
mod report;
mod source;
mod tally;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use rayon::iter::{ParallelBridge, ParallelIterator};
use serde::{Deserialize, Deserializer};

use crate::args::size;
use crate::file::{self, name};
use crate::{Failure, decode_base64, notes, stdio};
use source::Pieces;
use tally::Tally;

/// Reports how an API Gateway mapping template would have treated captured bodies: how many requests
/// it would have lost or changed, which fields it drops, and which keys lose values.
///
/// Reads a body from each line; an empty line is an empty body. Recognizes files compressed with gzip
/// or zstd by their first bytes, whatever their names.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AuditArgs {
    /// The files to read; '-' is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// Decode each line from base64
    #[arg(short, long)]
    base64: bool,

    /// Read each line as a JSON object whose member `body` is the body, in base64 if the member
    /// `isBase64Encoded` is true. Other members, such as headers, are ignored
    #[arg(long, conflicts_with = "base64")]
    json_lines: bool,

    /// Print a JSON object for programs instead of the tables
    #[arg(long)]
    json: bool,

    /// Skip and report lines longer than SIZE: bytes, or with a unit as in 64k or 2MiB (1 k is 1000 bytes,
    /// 1 Ki is 1024)
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "16MiB")]
    max_line: usize,

    /// Show the first N examples of each verdict, and the first N messages about lines that could not
    /// be read, but at least one
    #[arg(long, value_name = "N", default_value_t = 3)]
    examples: usize,

    /// Show the N keys that lose the most values. With more than 20,000 such keys, counts may be too
    /// low; the output then says by how much at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    keys: usize,
}

/// The most bytes to show of an error that quotes a line.
const MESSAGE: usize = 200;

const EXAMPLES: &str = "\
Examples:
  formevent audit captured.txt
  formevent audit --json-lines --json requests-*.jsonl.gz
  zcat captured.gz | formevent audit --base64 -

Exit status:
  0  every line was read, whatever the verdicts
  1  a file or a line could not be read, or writing failed; standard error has the message
  2  the command line was wrong";

/// Reads all files and prints the tables. Sets `unread` if a file or a line could not be read.
pub(crate) fn run(args: &AuditArgs, unread: &mut bool) -> Result<(), Failure> {
    let bar = notes::bar_over(file::total_len(&args.files), io::stderr().is_terminal());
    // A thread takes the next piece only when it has counted one, so each has one piece in memory.
    let tally = Pieces::new(&args.files, args.max_line, bar.clone())
        .par_bridge()
        .fold(|| Tally::new(args), Tally::with)
        .reduce(|| Tally::new(args), Tally::and);
    bar.finish_and_clear();
    complain(args, &tally);
    *unread = !tally.failed.is_empty() || tally.unread.count > 0;

    let mut printed = Vec::new();
    if args.json {
        report::json(args, &tally, &mut printed)
    } else {
        report::tables(args, &tally, &mut printed)
    }
    .and_then(|()| stdio::stdout()?.write_all(&printed))
    .map_err(Failure::Write)
}

/// Writes the messages about files and lines that could not be read.
fn complain(args: &AuditArgs, tally: &Tally<'_>) {
    let mut text = Vec::new();
    for (file, error) in &tally.failed {
        let _ = writeln!(text, "formevent: cannot read {}: {error}", name(&args.files[*file]));
    }
    for it in &tally.unread.first {
        let _ =
            writeln!(text, "formevent: {}:{}: {}", name(&args.files[it.file]), it.line, it.what);
    }
    let more = tally.unread.count - tally.unread.first.len() as u64;
    if more > 0 {
        let _ = writeln!(text, "formevent: further lines that could not be read: {more}");
    }
    if !args.json_lines && tally.bodies > 0 && tally.like_json == tally.bodies {
        text.extend_from_slice(
            b"formevent: these lines look like JSON objects; to read the member body of each, pass --json-lines\n",
        );
    }
    // If this fails, the exit status still tells.
    let _ = io::stderr().write_all(&text);
}

impl AuditArgs {
    /// Returns the body in `line`, or the message if there is none.
    fn body<'a>(&self, line: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        if line.len() > self.max_line {
            return Err(self.too_long());
        }
        if self.base64 {
            return decode(line);
        }
        if !self.json_lines {
            return Ok(line.into());
        }
        // serde would also take an array.
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err("the line is not a JSON object".to_owned());
        }
        let captured: Captured<'_> = serde_json::from_slice(line).map_err(|error| {
            let text = error.to_string();
            // The line number in the text is always 1.
            let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
            let (shown, is_cut) = cut(what.as_bytes(), MESSAGE);
            let (shown, end) = (String::from_utf8_lossy(shown), if is_cut { "…" } else { "" });
            let column = error.column();
            format!("the line is not a JSON object with a body: {shown}{end}, at column {column}")
        })?;
        let body = captured.body.map_or(Cow::Borrowed(""), |Text(text)| text);
        if captured.is_base64_encoded {
            return decode(body.as_bytes());
        }
        Ok(match body {
            Cow::Borrowed(text) => text.as_bytes().into(),
            Cow::Owned(text) => text.into_bytes().into(),
        })
    }

    /// Returns how many messages to show about lines that could not be read.
    fn messages(&self) -> usize {
        self.examples.max(1)
    }

    fn too_long(&self) -> String {
        format!("the line is longer than --max-line {} allows", self.max_line)
    }
}

/// Cuts `text` to at most `max` bytes, between characters if it is UTF-8. Returns whether it was longer.
fn cut(text: &[u8], max: usize) -> (&[u8], bool) {
    if text.len() <= max {
        return (text, false);
    }
    let is_boundary = |at: &usize| text[*at] & 0xC0 != 0x80;
    let end = (max.saturating_sub(3)..=max).rev().find(is_boundary).unwrap_or(max);
    (&text[..end], true)
}

fn decode(symbols: &[u8]) -> Result<Cow<'static, [u8]>, String> {
    match decode_base64(&without_space(symbols)) {
        Ok(body) => Ok(body.into()),
        Err(message) => Err(message.text),
    }
}

fn without_space(symbols: &[u8]) -> Cow<'_, [u8]> {
    if symbols.iter().any(u8::is_ascii_whitespace) {
        symbols.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    } else {
        symbols.into()
    }
}

/// A captured request.
#[derive(Deserialize)]
struct Captured<'a> {
    /// Null for a request without a body, as in the events of API Gateway. A line without the member
    /// is not a request.
    #[serde(borrow, deserialize_with = "present")]
    body: Option<Text<'a>>,
    #[serde(default, rename = "isBase64Encoded")]
    is_base64_encoded: bool,
}

/// Text that is borrowed from the line unless it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a required member that can be null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text<'de>>, D::Error> {
    Option::deserialize(deserializer)
}
