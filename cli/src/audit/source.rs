//! Reads files in pieces of whole lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::mem;
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::stdio;

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
            match input(path, &self.bar) {
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

/// Returns the name of a file in messages.
pub(crate) fn name(path: &Path) -> impl std::fmt::Display {
    path.display()
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns the bytes of all files together. `None` if one has no length.
pub(crate) fn total_len(files: &[PathBuf]) -> Option<u64> {
    let lens = files.iter().map(|path| {
        if is_stdin(path) {
            return stdio::stdin_len();
        }
        let metadata = path.metadata().ok()?;
        metadata.is_file().then_some(metadata.len())
    });
    lens.sum()
}

/// Opens a file. Decompresses it if its first bytes are those of gzip or zstd.
fn input(path: &Path, bar: &ProgressBar) -> io::Result<Box<dyn Read + Send>> {
    let mut input: Box<dyn Read + Send> = if is_stdin(path) {
        Box::new(bar.wrap_read(stdio::stdin()?))
    } else {
        Box::new(bar.wrap_read(File::open(path)?))
    };
    let mut magic = Vec::new();
    (&mut input).take(4).read_to_end(&mut magic)?;
    let kind = magic.clone();
    let input = Cursor::new(magic).chain(input);
    Ok(match *kind {
        [0x1F, 0x8B, ..] => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, input))),
        [0x28, 0xB5, 0x2F, 0xFD] | [0x50..=0x5F, 0x2A, 0x4D, 0x18] => Box::new(Zstd::new(input)),
        _ => Box::new(input),
    })
}

/// Decompresses all frames of a zstd file.
struct Zstd<R> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<R: Read> Zstd<R> {
    fn new(source: R) -> Zstd<R> {
        let source = BufReader::with_capacity(1 << 16, source);
        Zstd { source, decoder: FrameDecoder::new(), is_in_frame: false }
    }

    /// Begins the next frame with data. Returns `false` if there is none.
    fn begin_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.source).take(length.into());
                    if io::copy(&mut skipped, &mut io::sink())? < length.into() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            if !self.is_in_frame {
                if !self.begin_frame()? {
                    break;
                }
                self.is_in_frame = true;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, one).map_err(io::Error::other)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.is_in_frame = false;
            let expected = self.decoder.get_checksum_from_data();
            if expected.is_some() && expected != self.decoder.get_calculated_checksum() {
                return Err(io::Error::other("the checksum of a zstd frame does not match"));
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
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
