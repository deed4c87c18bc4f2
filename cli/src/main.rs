//! The command `formevent`: reads a body, prints its event.

mod args;
mod audit;
mod file;
mod input;
mod layout;
mod notes;
mod output;
mod stdio;

use std::fmt;
use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::process::ExitCode;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};
use formevent::{Dropped, Transcoder};
use indicatif::ProgressBar;

use args::{Args, Format, Source, Task};
use input::{Fused, Input};
use notes::{Message, Notes};
use output::Output;

/// How many bytes of a body to convert at a time.
const CHUNK: u64 = 1 << 16;

/// Why the command stops early.
enum Failure {
    /// The source, the error, and a hint that follows it.
    Read(String, io::Error, String),
    Write(io::Error),
    Convert(formevent::Error),
    /// The name of the file or stream, and the error.
    Report(String, io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Read(source, error, hint) => write!(f, "cannot read {source}: {error}{hint}"),
            Failure::Write(error) => write!(f, "cannot write to standard output: {error}"),
            Failure::Convert(error) => f.write_str(&args::message(error).text),
            Failure::Report(target, error) => write!(f, "cannot write to {target}: {error}"),
        }
    }
}

fn main() -> ExitCode {
    let mut bad_input = false;
    let mut errors = Format::Text;
    let end = match Args::of_process() {
        Ok(args) => {
            errors = args.errors;
            match &args.task {
                Some(Task::Audit(args)) => audit::run(args, &mut bad_input),
                Some(Task::Completions { shell }) => print(&Task::completions(*shell)),
                Some(Task::Man { command }) => Task::man(command.as_deref())
                    .map_err(Failure::Write)
                    .and_then(|page| print(&page)),
                None if args.lines => convert_lines(&args, &mut bad_input),
                None => convert_one(&args, &mut bad_input),
            }
        }
        Err(error) if error.use_stderr() => error.exit(),
        // The user asked for the help or the version.
        Err(text) => stdio::stdout().and_then(|_| text.print()).map_err(Failure::Write),
    };
    let failed = match end {
        Ok(()) => false,
        // The reader of standard output has left. For a filter, that is not a failure.
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => false,
        Err(failure) => {
            let message = Message { text: failure.to_string(), offset: None };
            // If this fails too, there is nowhere to report it.
            let _ = io::stderr().write_all(&message.line(errors, None));
            true
        }
    };
    if failed || bad_input { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn print(text: &[u8]) -> Result<(), Failure> {
    stdio::stdout().and_then(|mut stdout| stdout.write_all(text)).map_err(Failure::Write)
}

fn convert_one(args: &Args, bad_body: &mut bool) -> Result<(), Failure> {
    if args.can_stream() {
        return stream(args);
    }
    let mut notes = Notes::open(args, ProgressBar::hidden())?;
    let (mut body, mut json) = (Vec::new(), Vec::new());
    let input = open(args, &ProgressBar::hidden())
        .and_then(|input| input::read(input, &mut body, args.form()));
    let input = input.map_err(|error| unread(args, error))?;
    let converted = convert(args, &input, &mut body, &mut json);
    *bad_body = converted.is_err();
    if converted.is_ok() {
        if let Source::Argument(text) = args.source() {
            notes.hint(text, &body)?;
        } else {
            let has_pairs = body.is_empty() || args.rules().pairs(&body).next().is_some();
            notes.hint_of_input(has_pairs, body.contains(&b'\n'))?;
        }
    }
    notes.tell(converted, &body, None)?;
    notes.flush()?;
    if *bad_body {
        return Ok(());
    }
    let mut output = Output::open(args)?;
    output.write(&json)?;
    output.write(b"\n")?;
    output.flush()
}

/// Converts a body that no option can refuse, as it comes.
fn stream(args: &Args) -> Result<(), Failure> {
    let mut notes = Notes::open(args, ProgressBar::hidden())?;
    let mut input = open(args, &ProgressBar::hidden()).map_err(|error| unread(args, error))?;
    let mut output = Output::open(args)?;
    let event = args.event(b"");
    let (mut chunk, mut json) = (Vec::new(), Vec::new());
    if !args.pairs {
        event.append_before_pairs(&mut json).map_err(Failure::Convert)?;
    }
    output.write(&json)?;
    // A body in memory has no limit for a segment, either.
    let mut transcoder = Transcoder::new(args.options().max_held(usize::MAX));
    let (mut is_empty, mut has_lines) = (true, false);
    let mut object_len = 0;
    loop {
        chunk.clear();
        let read = input.by_ref().take(CHUNK).read_to_end(&mut chunk);
        let is_last = (read.map_err(|error| unread(args, error))? as u64) < CHUNK;
        // Only a body without pairs gets a hint.
        if object_len <= b"{".len() {
            is_empty &= chunk.is_empty();
            has_lines |= chunk.contains(&b'\n');
        }
        let mut reported = Ok(());
        let mut report = |dropped: Dropped<'_>| {
            if args.reports_dropped() && reported.is_ok() {
                reported = notes.dropped(&dropped, None);
            }
        };
        let json = transcoder.push_with(&chunk, &mut report).map_err(Failure::Convert)?;
        object_len += json.len();
        output.write(json)?;
        if is_last {
            let json = transcoder.finish_with(report).map_err(Failure::Convert)?;
            object_len += json.len();
            output.write(json)?;
        }
        reported?;
        if is_last {
            break;
        }
    }
    json.clear();
    if !args.pairs {
        event.append_after_pairs(&mut json).map_err(Failure::Convert)?;
    }
    output.write(&json)?;
    output.write(b"\n")?;
    notes.hint_of_input(is_empty || object_len > b"{}".len(), has_lines)?;
    notes.flush()?;
    output.flush()
}

/// Opens the input that `args` name. Tells a user at a terminal what to type.
fn open<'a>(args: &'a Args, bar: &ProgressBar) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match args.source() {
        Source::Argument(text) => Box::new(text.as_encoded_bytes()),
        Source::File(path) => file::open(path, bar)?,
        Source::Stdin => {
            let stdin = stdio::stdin()?;
            if args.names_no_input() && io::stdin().is_terminal() {
                notes::ask_for_input(args.lines);
            }
            Box::new(bar.wrap_read(stdin))
        }
    })
}

fn unread(args: &Args, error: io::Error) -> Failure {
    Failure::Read(args.source().to_string(), error, args.read_hint())
}

fn convert_lines(args: &Args, bad_body: &mut bool) -> Result<(), Failure> {
    let bar = notes::bar(args);
    let mut notes = Notes::open(args, bar.clone())?;
    let input = open(args, &bar).map_err(|error| unread(args, error))?;
    let mut input = BufReader::with_capacity(1 << 16, Fused::new(input));
    let mut output = Output::open(args)?;
    let (mut body, mut json) = (Vec::new(), Vec::new());
    for line in 1_u64.. {
        if !input.buffer().contains(&b'\n') {
            // The next read may wait, so write everything before it.
            notes.flush()?;
            output.flush()?;
        }
        let line_read = input::read_line(&mut input, &mut body, args.form())
            .map_err(|error| unread(args, error))?;
        let Some(line_read) = line_read else { break };
        json.clear();
        let converted = convert(args, &line_read, &mut body, &mut json);
        if converted.is_err() {
            *bad_body = true;
            json.extend_from_slice(b"null");
        }
        notes.tell(converted, &body, Some(line))?;
        json.push(b'\n');
        output.write(&json)?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Decodes `body` if it is base64, and appends its JSON to `json`. On an error, appends nothing and
/// returns the message.
fn convert(
    args: &Args,
    input: &Input,
    body: &mut Vec<u8>,
    json: &mut Vec<u8>,
) -> Result<(), Message> {
    if let Input::Cut = input {
        return Err(args::message(&formevent::Error::TooManyBytes { max: args.max_bytes }));
    }
    if args.base64 {
        *body = decode_base64(body)?;
    }
    let written = if args.pairs {
        args.options().append_to_vec(body, json)
    } else {
        args.event(body).append_to_vec(json)
    };
    written.map_err(|error| args::message(&error))
}

/// Decodes the alphabet of RFC 4648, section 4, with or without padding.
fn decode_base64(symbols: &[u8]) -> Result<Vec<u8>, Message> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    BASE64.decode(symbols).map_err(|error| {
        let (offset, expected) = match error {
            DecodeError::InvalidByte(at, _) => (at, "A-Z, a-z, 0-9, + and /, then = as padding"),
            DecodeError::InvalidLastSymbol { offset, .. } => (offset, "no bits past the last byte"),
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => {
                (symbols.len(), "groups of four symbols, the last of at least two")
            }
        };
        let text = format!(
            "the body is not base64 at byte offset {offset}, not counting white space: expected \
             {expected}"
        );
        Message { text, offset: Some(offset) }
    })
}
