//! Reads files in pieces of whole lines.

use std::io::{self, Read};
use std::mem;
use std::path::PathBuf;

use indicatif::ProgressBar;

use crate::file;

/// The bytes to read for a piece.
const PIECE: usize = 1 << 18;

/// A part of the input.
pub(crate) enum Piece {
    /// Whole lines of the file with this index. Only the last line of a file may lack a line feed.
    Lines { file: usize, first_line: u64, text: Vec<u8> },
    /// A line longer than the limit, which is not held in memory.
    TooLong { file: usize, line: u64 },
    /// The rest of the file cannot be read.
    Failed { file: usize, error: io::Error },
}

/// The pieces of all files, in order.
pub(crate) struct Pieces<'f> {
    files: std::iter::Enumerate<std::slice::Iter<'f, PathBuf>>,
    max_line: usize,
    bar: ProgressBar,
    open: Option<Open>,
}

/// A file that is being read.
struct Open {
    file: usize,
    /// `None` at its end.
    input: Option<Box<dyn Read + Send>>,
    /// The beginning of a line.
    rest: Vec<u8>,
    /// The number of that line.
    line: u64,
    /// Whether that line is too long, and reported. The rest of it is skipped.
    skips: bool,
    failure: Option<io::Error>,
}

impl<'f> Pieces<'f> {
    pub(crate) fn new(files: &'f [PathBuf], max_line: usize, bar: ProgressBar) -> Self {
        Pieces { files: files.iter().enumerate(), max_line, bar, open: None }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(piece) = open.next(self.max_line) {
                    return Some(piece);
                }
                self.open = None;
            }
            let (file, path) = self.files.next()?;
            match file::open(path, &self.bar) {
                Ok(input) => self.open = Some(Open::new(file, input)),
                Err(error) => return Some(Piece::Failed { file, error }),
            }
        }
    }
}

impl Open {
    fn new(file: usize, input: Box<dyn Read + Send>) -> Open {
        Open { file, input: Some(input), rest: Vec::new(), line: 1, skips: false, failure: None }
    }

    /// Returns the next piece of the file, `None` at its end.
    fn next(&mut self, max_line: usize) -> Option<Piece> {
        let file = self.file;
        while let Some(input) = &mut self.input {
            // Only the new bytes can contain a line feed. A long line takes linear time because only
            // these are searched, and none are copied.
            let searched = self.rest.len();
            self.rest.reserve(PIECE);
            match input.take(PIECE as u64).read_to_end(&mut self.rest) {
                Ok(PIECE) => {}
                Ok(_) => self.input = None,
                Err(error) => {
                    self.input = None;
                    self.failure = Some(error);
                }
            }
            if self.skips {
                let Some(end) = memchr::memchr(b'\n', &self.rest) else {
                    self.rest.clear();
                    continue;
                };
                self.rest.drain(..=end);
                self.skips = false;
                self.line += 1;
            }
            // The bytes before an error may be only the beginning of a line.
            let is_whole = self.input.is_none() && self.failure.is_none();
            let last_feed = memchr::memrchr(b'\n', &self.rest[searched..]);
            let end = match last_feed {
                _ if is_whole => self.rest.len(),
                Some(at) => searched + at + 1,
                None => 0,
            };
            if end == 0 {
                // A carriage return before the line feed does not count.
                if self.rest.len() > max_line.saturating_add(1) {
                    self.skips = true;
                    self.rest.clear();
                    return Some(Piece::TooLong { file, line: self.line });
                }
                continue;
            }
            let mut rest = Vec::with_capacity(self.rest.len() - end + PIECE);
            rest.extend_from_slice(&self.rest[end..]);
            self.rest.truncate(end);
            let text = mem::replace(&mut self.rest, rest);
            let first_line = self.line;
            self.line += memchr::memchr_iter(b'\n', &text).count() as u64;
            return Some(Piece::Lines { file, first_line, text });
        }
        let error = self.failure.take()?;
        Some(Piece::Failed { file, error })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Returns at most `step` bytes for each read.
    struct Slow(Cursor<Vec<u8>>, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = buffer.len().min(self.1);
            self.0.read(&mut buffer[..len])
        }
    }

    /// Returns the lines of a file with their numbers, `None` for a line that is too long.
    fn lines(text: &[u8], max_line: usize, step: usize) -> Vec<(u64, Option<String>)> {
        let mut open = Open::new(0, Box::new(Slow(Cursor::new(text.to_vec()), step)));
        let mut lines = Vec::new();
        while let Some(piece) = open.next(max_line) {
            assert!(open.rest.len() <= max_line.saturating_add(1) + PIECE);
            match piece {
                Piece::Lines { first_line, text, .. } => {
                    let text = text.strip_suffix(b"\n").unwrap_or(&text);
                    let each = text.split(|&byte| byte == b'\n').map(|line| {
                        Some(String::from_utf8(line.to_vec()).unwrap())
                            .filter(|it| it.len() <= max_line)
                    });
                    lines.extend((first_line..).zip(each));
                }
                Piece::TooLong { line, .. } => lines.push((line, None)),
                Piece::Failed { error, .. } => panic!("{error}"),
            }
        }
        assert!(open.rest.len() <= PIECE);
        lines
    }

    #[test]
    fn lines_are_whole_whatever_the_reads_and_pieces_are() {
        let long = "x".repeat(3 * PIECE);
        let medium = "y".repeat(PIECE + 7);
        let text = format!("a=1\n\n{long}\n{medium}\nb=2\n{medium}\n{long}\nc=3");
        let expected: Vec<_> = (1..)
            .zip(text.split('\n').map(|line| Some(line.to_owned()).filter(|it| *it != long)))
            .collect();
        for step in [100, PIECE - 1, usize::MAX] {
            assert_eq!(lines(text.as_bytes(), 2 * PIECE, step), expected);
        }
        assert_eq!(lines(b"", 9, 9), []);
        assert_eq!(lines(b"\n", 9, 9), [(1, Some(String::new()))]);
        assert_eq!(lines(long.as_bytes(), 9, usize::MAX), [(1, None)]);
        // The line feed is the first byte after a piece.
        let text = [&long.as_bytes()[..PIECE - 1], b"\r\n"].concat();
        let mut open = Open::new(0, Box::new(Cursor::new(text.clone())));
        let first = open.next(PIECE - 1);
        assert!(matches!(first, Some(Piece::Lines { text: read, .. }) if read == text));
    }

    #[test]
    fn an_error_comes_after_the_lines_before_it() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let mut open = Open::new(0, Box::new((&b"a=1\nb="[..]).chain(Broken)));
        let first = open.next(9);
        assert!(matches!(first, Some(Piece::Lines { text, .. }) if text == b"a=1\n"));
        assert!(matches!(open.next(9), Some(Piece::Failed { .. })));
        assert!(open.next(9).is_none());
    }
}
