//! Everything the command says on standard error.

use std::ffi::OsStr;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{Args, Source};
use crate::{file, stdio};

/// Messages and reports, buffered because each write redraws the progress bar.
pub(crate) type Notes = BufWriter<Stderr>;

/// Standard error, shared with the progress bar.
pub(crate) struct Stderr {
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

/// Opens standard error for `args`. `bar` is hidden during each write.
pub(crate) fn open(args: &Args, bar: ProgressBar) -> io::Result<Notes> {
    let reports: Option<Box<dyn Write>> =
        if args.reports() { Some(Box::new(stdio::stderr()?)) } else { None };
    Ok(BufWriter::with_capacity(1 << 16, Stderr { bar, reports }))
}

/// Says so if nothing in `body`, which comes from the argument `text`, is a pair: the argument may be
/// meant as the name of a file.
pub(crate) fn hint(notes: &mut Notes, args: &Args, text: &OsStr, body: &[u8]) -> io::Result<()> {
    // Reports tell the same.
    if args.reports() || body.is_empty() {
        return Ok(());
    }
    // With `whatwg`, a file name is a pair with an empty value.
    if !body.contains(&b'=') && Path::new(text).is_file() {
        let name = text.display();
        return writeln!(
            notes,
            "formevent: '{name}' was taken as the body; to read the file, pass '@{name}' or \
             --file '{name}'"
        );
    }
    if args.rules().pairs(body).next().is_none() {
        return writeln!(
            notes,
            "formevent: nothing in the body is a pair, name=value; to read a file, pass @FILE or \
             --file FILE"
        );
    }
    Ok(())
}

/// Writes the reports on `body` that `args` ask for. `line` is its line number.
pub(crate) fn report(
    notes: &mut Notes,
    args: &Args,
    body: &[u8],
    line: Option<u64>,
) -> io::Result<()> {
    if args.dropped {
        for dropped in args.options().dropped(body) {
            Report::new()
                .number("offset", dropped.offset as u64)
                .text("text", dropped.text)
                .text("reason", dropped.reason.as_str())
                .end(line, notes)?;
        }
    }
    if args.repeated {
        for repeated in args.options().repeated_keys(body)? {
            Report::new()
                .number("offset", repeated.offset as u64)
                .text("key", &*repeated.key)
                .number("count", repeated.count as u64)
                .end(line, notes)?;
        }
    }
    Ok(())
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

    fn end(self, line: Option<u64>, notes: &mut Notes) -> io::Result<()> {
        let mut report = match line {
            Some(line) => self.number("line", line),
            None => self,
        };
        report.json.extend_from_slice(b"}\n");
        notes.write_all(&report.json)
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
