//! Everything the command says on standard error.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use formevent::Dropped;
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{Args, Format, Source};
use crate::file::{self, name};
use crate::{Failure, stdio};

/// An error in a body, or the reason why the command stops.
pub(crate) struct Message {
    pub(crate) text: String,
    /// The byte offset in the body.
    pub(crate) offset: Option<usize>,
}

impl Message {
    /// Returns the message as a line. `line` is the line number of the body.
    pub(crate) fn line(&self, format: Format, line: Option<u64>) -> Vec<u8> {
        match (format, line) {
            (Format::Text, None) => format!("formevent: {}\n", self.text).into_bytes(),
            (Format::Text, Some(line)) => {
                format!("formevent: line {line}: {}\n", self.text).into_bytes()
            }
            (Format::Json, _) => {
                let mut report = Report::new().text("error", &self.text);
                if let Some(offset) = self.offset {
                    report = report.number("offset", offset as u64);
                }
                report.line(line)
            }
        }
    }
}

const NO_PAIR: &str = "nothing in the body is a pair, name=value";

/// Messages and reports.
pub(crate) struct Notes<'a> {
    args: &'a Args,
    /// Buffered because each write redraws the progress bar.
    stderr: BufWriter<Stderr>,
    /// The file for the reports on dropped segments, and its name.
    dropped: Option<(BufWriter<File>, String)>,
}

/// Standard error, shared with the progress bar.
struct Stderr {
    bar: ProgressBar,
    /// Set if the user asked for reports: only then is a failed write an error.
    reports: Option<Box<dyn Write>>,
}

impl Write for Stderr {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.bar.suspend(|| {
            if let Some(reports) = &mut self.reports {
                return reports.write(text);
            }
            let _ = io::stderr().write_all(text);
            Ok(text.len())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> Notes<'a> {
    /// Opens standard error and the file of the reports. `bar` is hidden during each write.
    pub(crate) fn open(args: &'a Args, bar: ProgressBar) -> Result<Self, Failure> {
        let reports: Option<Box<dyn Write>> =
            if args.reports() { Some(Box::new(stdio::stderr().map_err(to_stderr)?)) } else { None };
        let dropped = args.dropped_file().map(|path| {
            let name = name(path).to_string();
            match File::create(path) {
                Ok(file) => Ok((BufWriter::with_capacity(1 << 16, file), name)),
                Err(error) => Err(Failure::Report(name, error)),
            }
        });
        Ok(Notes {
            args,
            stderr: BufWriter::with_capacity(1 << 16, Stderr { bar, reports }),
            dropped: dropped.transpose()?,
        })
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.stderr.flush().map_err(to_stderr)?;
        match &mut self.dropped {
            Some((file, name)) => file.flush().map_err(|error| to_file(name, error)),
            None => Ok(()),
        }
    }

    /// Writes the reports on a body, or the message if it is bad. `line` is its line number.
    pub(crate) fn tell(
        &mut self,
        converted: Result<(), Message>,
        body: &[u8],
        line: Option<u64>,
    ) -> Result<(), Failure> {
        if let Err(message) = converted {
            let text = message.line(self.args.errors, line);
            return self.stderr.write_all(&text).map_err(to_stderr);
        }
        if self.args.reports_dropped() {
            for dropped in self.args.options().dropped(body) {
                self.dropped(&dropped, line)?;
            }
        }
        if self.args.repeated {
            let keys = self.args.options().repeated_keys(body);
            for repeated in keys.map_err(|error| to_stderr(error.into()))? {
                let report = Report::new()
                    .number("offset", repeated.offset as u64)
                    .text("key", &*repeated.key)
                    .number("count", repeated.count as u64)
                    .line(line);
                self.stderr.write_all(&report).map_err(to_stderr)?;
            }
        }
        Ok(())
    }

    /// Writes the report on a dropped segment.
    pub(crate) fn dropped(
        &mut self,
        dropped: &Dropped<'_>,
        line: Option<u64>,
    ) -> Result<(), Failure> {
        let report = Report::new()
            .number("offset", dropped.offset as u64)
            .text("text", dropped.text)
            .text("reason", dropped.reason.as_str())
            .line(line);
        match &mut self.dropped {
            Some((file, name)) => file.write_all(&report).map_err(|error| to_file(name, error)),
            None => self.stderr.write_all(&report).map_err(to_stderr),
        }
    }

    /// Says so if nothing in `body`, which comes from the argument `text`, is a pair: the argument may
    /// be meant as the name of a file.
    pub(crate) fn hint(&mut self, text: &OsStr, body: &[u8]) -> Result<(), Failure> {
        // Reports tell the same.
        if self.args.reports() || body.is_empty() {
            return Ok(());
        }
        // With `whatwg`, a file name is a pair with an empty value.
        let hint = if !body.contains(&b'=') && Path::new(text).is_file() {
            let name = text.display();
            format!(
                "'{name}' was taken as the body; to read the file, pass '@{name}' or --file '{name}'"
            )
        } else if self.args.rules().pairs(body).next().is_none() {
            format!("{NO_PAIR}; to read a file, pass @FILE or --file FILE")
        } else {
            return Ok(());
        };
        self.warn(&hint)
    }

    /// Says so if nothing in a body from standard input or a file is a pair: its lines may be bodies.
    pub(crate) fn hint_of_input(
        &mut self,
        has_pairs: bool,
        has_lines: bool,
    ) -> Result<(), Failure> {
        if self.args.reports() || has_pairs {
            return Ok(());
        }
        let lines = if has_lines { "; to convert each line as a body, pass --lines" } else { "" };
        self.warn(&format!("{NO_PAIR}{lines}"))
    }

    fn warn(&mut self, hint: &str) -> Result<(), Failure> {
        let line = match self.args.errors {
            Format::Text => format!("formevent: {hint}\n").into_bytes(),
            Format::Json => Report::new().text("warning", hint).line(None),
        };
        self.stderr.write_all(&line).map_err(to_stderr)
    }
}

fn to_stderr(error: io::Error) -> Failure {
    Failure::Report("standard error".to_owned(), error)
}

fn to_file(name: &str, error: io::Error) -> Failure {
    Failure::Report(name.to_owned(), error)
}

/// Tells a user at a terminal that the command waits for input.
pub(crate) fn ask_for_input(lines: bool) {
    let _ = io::stderr().write_all(if lines {
        b"formevent: waiting for a body on each line of standard input\n"
    } else if cfg!(windows) {
        b"formevent: waiting for the body on standard input (see --help)\n"
    } else {
        b"formevent: waiting for the body on standard input; type it, then press Ctrl-D twice (see --help)\n"
    });
}

/// A report: a JSON object on a line of its own.
struct Report {
    json: Vec<u8>,
}

impl Report {
    fn new() -> Report {
        Report { json: b"{".to_vec() }
    }

    fn number(mut self, name: &str, number: u64) -> Report {
        self.name(name);
        self.json.extend_from_slice(number.to_string().as_bytes());
        self
    }

    fn text(mut self, name: &str, text: &(impl AsRef<[u8]> + ?Sized)) -> Report {
        self.name(name);
        formevent::append_json_string(text, &mut self.json);
        self
    }

    fn name(&mut self, name: &str) {
        if self.json.len() > 1 {
            self.json.push(b',');
        }
        formevent::append_json_string(name, &mut self.json);
        self.json.push(b':');
    }

    /// Ends the report with the line number of the body.
    fn line(self, line: Option<u64>) -> Vec<u8> {
        let mut report = match line {
            Some(line) => self.number("line", line),
            None => self,
        };
        report.json.extend_from_slice(b"}\n");
        report.json
    }
}

/// Returns a progress bar for the input. It is hidden if standard error is not a terminal, or if
/// that terminal also gets the JSON.
pub(crate) fn bar(args: &Args) -> ProgressBar {
    let is_shown = !io::stdout().is_terminal() && io::stderr().is_terminal();
    let len = match args.source() {
        Source::Argument(_) => None,
        Source::Stdin => stdio::stdin_len(),
        Source::File(path) => file::len(path),
    };
    bar_over(len, is_shown)
}

/// Returns a progress bar for `len` bytes, or a count if the length is unknown.
pub(crate) fn bar_over(len: Option<u64>, is_shown: bool) -> ProgressBar {
    if !is_shown {
        return ProgressBar::hidden();
    }
    match len {
        Some(len) => ProgressBar::new(len)
            .with_style(style("{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go")),
        None => ProgressBar::new_spinner().with_style(style("{spinner} {bytes}, {bytes_per_sec}")),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
