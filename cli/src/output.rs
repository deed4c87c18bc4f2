//! Standard output, with the layout that the user asked for.

use std::io::{self, Write};

use crate::args::Args;
use crate::layout::Layout;
use crate::{Failure, stdio};

/// How many bytes to buffer.
const BUFFER: usize = 1 << 16;

/// JSON on standard output. Drops unflushed text, so that an early error prints nothing.
pub(crate) struct Output {
    stdout: Box<dyn Write>,
    layout: Layout,
    text: Vec<u8>,
}

impl Output {
    pub(crate) fn open(args: &Args) -> Result<Output, Failure> {
        let stdout = Box::new(stdio::stdout().map_err(Failure::Write)?);
        Ok(Output { stdout, layout: args.layout(), text: Vec::new() })
    }

    /// Writes the next part of a document, or the line feed after it.
    pub(crate) fn write(&mut self, json: &[u8]) -> Result<(), Failure> {
        for part in json.chunks(BUFFER) {
            self.layout.append(part, &mut self.text);
            if self.text.len() >= BUFFER {
                self.write_text().map_err(Failure::Write)?;
            }
        }
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.write_text().and_then(|()| self.stdout.flush()).map_err(Failure::Write)
    }

    fn write_text(&mut self) -> io::Result<()> {
        self.stdout.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }
}
