//! Converts a body of any size, from standard input to standard output, in bounded memory.
//!
//! `printf 'name=Ada&note=' | cargo run --example stream` prints `{"name":"Ada","note":""}`.

use std::io::{self, Read, Write};

use formevent::{Dropped, Options, Transcoder};

fn main() -> io::Result<()> {
    let mut transcoder = Transcoder::new(Options::new().decode(true));
    let (mut form, mut json) = (io::stdin().lock(), io::stdout().lock());
    let report = |dropped: Dropped<'_>| eprintln!("{dropped}");
    let mut chunk = vec![0; 1 << 16];
    loop {
        match form.read(&mut chunk)? {
            0 => return json.write_all(transcoder.finish_with(report)?),
            len => json.write_all(transcoder.push_with(&chunk[..len], report)?)?,
        }
    }
}
