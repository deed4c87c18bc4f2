//! A body of any size, from standard input to standard output, in bounded memory.
//!
//! `printf 'name=Ada&note=' | cargo run --example stream` writes `{"name":"Ada","note":""}`.

use std::io::{self, BufWriter, Read, Write};

use formevent::{Options, Stream};

fn main() -> io::Result<()> {
    let mut stream = Stream::new(Options::new().decode(true));
    let (mut form, mut json) = (io::stdin().lock(), io::stdout().lock());
    let mut notes = BufWriter::new(io::stderr().lock());
    let mut chunk = vec![0; 1 << 16];
    loop {
        let len = form.read(&mut chunk)?;
        let new = match len {
            0 => stream.finish(),
            len => stream.push(&chunk[..len]),
        };
        json.write_all(new.map_err(io::Error::other)?)?;
        for (offset, reason) in stream.dropped() {
            writeln!(notes, "the segment at byte offset {offset} is no pair: {reason}")?;
        }
        if len == 0 {
            return Ok(());
        }
    }
}
