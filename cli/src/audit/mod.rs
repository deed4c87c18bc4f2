//! `formevent audit`: what the mapping template would have done to captured bodies.

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

use crate::{Failure, decode_base64, notes, stdio};
use source::{Pieces, name};
use tally::Tally;

/// Tells what the mapping template of an API Gateway would have done to captured bodies: how many
/// requests it would have lost or changed, which fields it drops, which keys lose values.
///
/// Reads a body from each line; an empty line is an empty body. Files that are compressed with gzip or
/// zstd are recognized by their first bytes, whatever their names.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AuditArgs {
    /// The files to read; '-' is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// Decode each line from base64
    #[arg(long)]
    base64: bool,

    /// Read each line as a JSON object that has the body as its member `body`, decoded from base64 if
    /// its member `isBase64Encoded` is true; other members, such as headers, are ignored
    #[arg(long, conflicts_with = "base64")]
    json_lines: bool,

    /// Print one JSON object for programs instead of the tables
    #[arg(long)]
    json: bool,

    /// Skip and report lines longer than N bytes
    #[arg(long, value_name = "N", default_value_t = 16 << 20)]
    max_line: usize,

    /// Show the first N examples of each verdict, and the first N messages on lines that could not be
    /// read, but at least one
    #[arg(long, value_name = "N", default_value_t = 3)]
    examples: usize,

    /// Show the N keys that lose the most values. With more than 20,000 such keys, counts may be too
    /// low; the output then says by how much at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    keys: usize,
}

/// The most bytes of a message that quotes a line.
const MESSAGE: usize = 200;

const EXAMPLES: &str = "\
Examples:
  formevent audit captured.txt
  formevent audit --json-lines --json requests-*.jsonl.gz
  zcat captured.gz | formevent audit --base64 -

Exit status:
  0  every line was read, whatever the template would have done to it
  1  a file or a line could not be read, or writing failed; standard error has the message
  2  the command line was wrong";

/// Reads all files and prints the tables. Sets `unread` if a file or a line could not be read.
pub(crate) fn run(args: &AuditArgs, unread: &mut bool) -> Result<(), Failure> {
    let bar = notes::bar_over(source::total_len(&args.files), io::stderr().is_terminal());
    // Each thread takes a piece, works on it, and takes the next: a piece for each is in memory.
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

/// Writes the messages on files and lines that could not be read.
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
    // The exit status says it too, if nobody can be told.
    let _ = io::stderr().write_all(&text);
}

impl AuditArgs {
    /// Returns the body that `line` holds, or the message if it holds none.
    fn body<'a>(&self, line: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        if line.len() > self.max_line {
            return Err(self.too_long());
        }
        if self.base64 {
            return Ok(decode_base64(&without_space(line))?.into());
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
            return Ok(decode_base64(&without_space(body.as_bytes()))?.into());
        }
        Ok(match body {
            Cow::Borrowed(text) => text.as_bytes().into(),
            Cow::Owned(text) => text.into_bytes().into(),
        })
    }

    /// The most messages on lines that could not be read.
    fn messages(&self) -> usize {
        self.examples.max(1)
    }

    fn too_long(&self) -> String {
        format!("the line is longer than --max-line {} allows", self.max_line)
    }
}

/// Returns at most `max` bytes of `text`, whole characters if it is UTF-8, and whether it has more.
fn cut(text: &[u8], max: usize) -> (&[u8], bool) {
    if text.len() <= max {
        return (text, false);
    }
    let is_boundary = |at: &usize| text[*at] & 0xC0 != 0x80;
    let end = (max.saturating_sub(3)..=max).rev().find(is_boundary).unwrap_or(max);
    (&text[..end], true)
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
    /// API Gateway writes null for a request without a body. Without the member, the line is something
    /// else.
    #[serde(borrow, deserialize_with = "present")]
    body: Option<Text<'a>>,
    #[serde(default, rename = "isBase64Encoded")]
    is_base64_encoded: bool,
}

/// Text that is copied only if it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a member that may be null but not left out.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text<'de>>, D::Error> {
    Option::deserialize(deserializer)
}
