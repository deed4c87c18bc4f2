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
        Some(text) if text != "-" => input::read(text.as_encoded_bytes(), &mut body, args.form())?,
        _ => input::read(io::stdin().lock(), &mut body, args.form())?,
    };
    let mut json = Vec::new();
    if let Err(message) = convert(args, &input, &mut body, &mut json) {
        complain(&message);
        return Ok(ExitCode::FAILURE);
    }
    if args.dropped {
        report_dropped(args, &body, None);
    }
    json.push(b'\n');
    io::stdout().lock().write_all(&json)?;
    Ok(ExitCode::SUCCESS)
}

fn convert_lines(args: &Args) -> io::Result<ExitCode> {
    let progress = progress();
    let mut stdin = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let (mut body, mut json) = (Vec::new(), Vec::new());
    let mut code = ExitCode::SUCCESS;
    for line in 1_u64.. {
        if !stdin.buffer().contains(&b'\n') {
            // The rest of the line may be long in coming: whoever reads on has all there is.
            stdout.flush()?;
        }
        let Some((input, read)) = input::read_line(&mut stdin, &mut body, args.form())? else {
            break;
        };
        json.clear();
        if let Err(message) = convert(args, &input, &mut body, &mut json) {
            progress.suspend(|| complain(&format!("line {line}: {message}")));
            json.extend_from_slice(b"null");
            code = ExitCode::FAILURE;
        } else if args.dropped {
            progress.suspend(|| report_dropped(args, &body, Some(line)));
        }
        json.push(b'\n');
        stdout.write_all(&json)?;
        progress.inc(read);
    }
    stdout.flush()?;
    progress.finish_and_clear();
    Ok(code)
}

/// Appends the JSON of `body`, from which base64 is taken off, to `json`, or says what was wrong
/// and appends nothing.
fn convert(
    args: &Args,
    input: &Input,
    body: &mut Vec<u8>,
    json: &mut Vec<u8>,
) -> Result<(), String> {
    if let Input::Cut = input {
        return Err(formevent::Error::TooManyBytes { max: args.max_bytes }.to_string());
    }
    if args.base64 {
        *body = decode_base64(body)?;
    }
    let written = if args.pairs {
        args.options().write_json(body, json)
    } else {
        args.event(body).write_json(json)
    };
    written.map_err(|error| error.to_string())
}

/// Names on standard error what `body` drops. Where that is closed there is nobody to tell.
fn report_dropped(args: &Args, body: &[u8], line: Option<u64>) {
    let mut stderr = BufWriter::new(io::stderr().lock());
    let mut text = Vec::new();
    for dropped in args.options().dropped(body) {
        text.clear();
        formevent::write_string(dropped.text, &mut text);
        let written = write!(stderr, "{{\"offset\":{},\"text\":", dropped.offset)
            .and_then(|()| stderr.write_all(&text))
            .and_then(|()| write!(stderr, ",\"reason\":\"{}\"", dropped.reason))
            .and_then(|()| line.map_or(Ok(()), |line| write!(stderr, ",\"line\":{line}")))
            .and_then(|()| stderr.write_all(b"}\n"));
        if written.is_err() {
            return;
        }
    }
}

/// The alphabet of RFC 4648, section 4, with padding or without.
fn decode_base64(symbols: &[u8]) -> Result<Vec<u8>, String> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    BASE64.decode(symbols).map_err(|error| {
        let (offset, allowed) = match error {
            DecodeError::InvalidByte(at, _) => (at, "A-Z, a-z, 0-9, + and /, then = as padding"),
            DecodeError::InvalidLastSymbol { offset, .. } => (offset, "no bits past the last byte"),
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => {
                (symbols.len(), "groups of four symbols, the last of at least two")
            }
        };
        format!(
            "the body is not base64 at byte offset {offset}, white space not counted: allowed are \
             {allowed}"
        )
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
    #[cfg(not(any(unix, windows)))]
    let stdin: io::Result<File> = Err(io::ErrorKind::Unsupported.into());
    let metadata = File::from(stdin.ok()?).metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}
