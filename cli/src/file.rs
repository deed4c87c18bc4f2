//! Files as input, compressed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::stdio;

/// Returns the name of a file in messages.
pub(crate) fn name(path: &Path) -> impl std::fmt::Display {
    path.display()
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns the bytes of all files together. `None` if one has no length.
pub(crate) fn total_len(files: &[PathBuf]) -> Option<u64> {
    files.iter().map(|path| len(path)).sum()
}

/// Returns the bytes of a file, as they are stored. `None` if it has no length, as a pipe.
pub(crate) fn len(path: &Path) -> Option<u64> {
    if is_stdin(path) {
        return stdio::stdin_len();
    }
    let metadata = path.metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}

/// Opens a file, or standard input for `-`. Decompresses it if its first bytes are those of gzip or zstd.
pub(crate) fn open(path: &Path, bar: &ProgressBar) -> io::Result<Box<dyn Read + Send>> {
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
