//! The command `formevent`: a body in, its event out.

mod args;
mod input;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};
use indicatif::{ProgressBar, ProgressStyle};

use args::Args;
use input::Input;

fn main() -> ExitCode {
    let args = Args::of_process();
    let done = if args.lines { convert_lines(&args) } else { convert_one(&args) };
    match done {
        Ok(code) => code,
        // Nobody reads on: for a filter that is the end, not a failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// A message on standard error. Where that is closed there is nobody to tell.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "formevent: {message}");
}

fn convert_one(args: &Args) -> io::Result<ExitCode> {
    let mut body = Vec::new();
    let input = match &args.body {
        Some(text) => {
            body.extend_from_slice(text.as_encoded_bytes());
            Input::Whole
        }
        // White space in base64 does not count, so only the decoded body can be measured.
        None if args.base64 => input::read_all(io::stdin().lock(), &mut body, usize::MAX)?,
        None => input::read_all(io::stdin().lock(), &mut body, args.max_bytes)?,
    };
    let mut json = Vec::new();
    let mut dropped = Vec::new();
    if let Err(message) = convert(args, &input, &body, None, &mut json, &mut dropped) {
        complain(&message);
        return Ok(ExitCode::FAILURE);
    }
    json.push(b'\n');
    let _ = io::stderr().write_all(&dropped);
    io::stdout().lock().write_all(&json)?;
    Ok(ExitCode::SUCCESS)
}

fn convert_lines(args: &Args) -> io::Result<ExitCode> {
    let most = if args.base64 {
        // Four symbols for each three bytes begun, and as much white space.
        args.max_bytes.div_ceil(3).saturating_mul(8)
    } else {
        args.max_bytes
    };
    let progress = progress();
    let mut stdin = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let (mut body, mut json, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
    let mut code = ExitCode::SUCCESS;
    for line in 1_u64.. {
        if stdin.buffer().is_empty() {
            // The next read may wait for a slow writer: whoever reads on has all there is.
            stdout.flush()?;
        }
        let Some((input, read)) = input::read_line(&mut stdin, &mut body, most)? else {
            break;
        };
        json.clear();
        dropped.clear();
        if let Err(message) = convert(args, &input, &body, Some(line), &mut json, &mut dropped) {
            progress.suspend(|| complain(&format!("line {line}: {message}")));
            json.extend_from_slice(b"null");
            code = ExitCode::FAILURE;
        }
        if !dropped.is_empty() {
            progress.suspend(|| {
                let _ = io::stderr().write_all(&dropped);
            });
        }
        json.push(b'\n');
        stdout.write_all(&json)?;
        progress.inc(read as u64);
    }
    stdout.flush()?;
    progress.finish_and_clear();
    Ok(code)
}

/// Appends the JSON of one body to `json` and what it drops to `dropped`, or says what was wrong
/// and appends nothing.
fn convert(
    args: &Args,
    input: &Input,
    body: &[u8],
    line: Option<u64>,
    json: &mut Vec<u8>,
    dropped: &mut Vec<u8>,
) -> Result<(), String> {
    if let Input::Cut = input {
        return Err(formevent::Error::TooManyBytes { max: args.max_bytes }.to_string());
    }
    let decoded = if args.base64 { Some(decode_base64(body)?) } else { None };
    let body = decoded.as_deref().unwrap_or(body);
    let written = if args.pairs {
        args.options().write_json(body, json)
    } else {
        args.event(body).write_json(json)
    };
    written.map_err(|error| error.to_string())?;
    if args.dropped {
        for segment in args.rules().segments(body).filter_map(Result::err) {
            // Writing to a Vec does not fail.
            let _ = write!(dropped, "{{\"offset\":{},\"text\":", segment.offset);
            formevent::write_string(segment.text, dropped);
            let _ = write!(dropped, ",\"reason\":\"{}\"", segment.reason);
            if let Some(line) = line {
                let _ = write!(dropped, ",\"line\":{line}");
            }
            dropped.extend_from_slice(b"}\n");
        }
    }
    Ok(())
}

/// The alphabet of RFC 4648, section 4, with padding or without; ASCII white space does not count.
fn decode_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let symbols = || text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
    let packed: Vec<u8> = symbols().map(|(_, &byte)| byte).collect();
    BASE64.decode(packed).map_err(|error| {
        let (symbol, allowed) = match error {
            DecodeError::InvalidByte(at, _) => (at, "A-Z, a-z, 0-9, + and /, then = as padding"),
            DecodeError::InvalidLastSymbol { offset, .. } => (offset, "no bits past the last byte"),
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => {
                (usize::MAX, "groups of four symbols, the last of at least two")
            }
        };
        let offset = symbols().nth(symbol).map_or(text.len(), |(offset, _)| offset);
        format!("the body is not base64 at byte offset {offset}: allowed are {allowed}")
    })
}

/// A bar over the bytes of standard input, or where its length is not known a count; hidden where
/// there is no terminal to show it or JSON goes to that terminal.
fn progress() -> ProgressBar {
    if io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    match stdin_len() {
        Some(len) => ProgressBar::new(len)
            .with_style(style("{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go")),
        None => ProgressBar::new_spinner().with_style(style("{spinner} {bytes}, {bytes_per_sec}")),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The length of standard input in bytes, where it is a file.
fn stdin_len() -> Option<u64> {
    #[cfg(unix)]
    let stdin = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned();
    #[cfg(windows)]
    let stdin = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned();
    let metadata = File::from(stdin.ok()?).metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}
