//! `cargo xtask stream`: how much memory a stream takes, natively and in workerd, by the body's size.

use std::fs;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::{Error, Run, node, root, wasm};

/// The bodies, in MiB.
const SIZES: [usize; 3] = [16, 128, 1_024];

pub(crate) fn run() -> Result<(), Error> {
    Run::new("cargo").words("build --release --example stream").now()?;
    let tarball = wasm::pack()?;
    let mut rows = Vec::new();
    for mib in SIZES {
        rows.push(native(mib)?);
    }
    for (how, sizes) in
        [("loop", &SIZES[..]), ("pipe", &SIZES), ("nothing", &SIZES[2..]), ("event", &SIZES)]
    {
        for mib in sizes {
            let said = node::node()?
                .words("tests/npm/large.js")
                .arg(mib.to_string())
                .arg(how)
                .env("TARBALL", &tarball)
                .read()?;
            let said: serde_json::Value = serde_json::from_str(&said)?;
            let seconds = said["seconds"].as_f64().unwrap_or_default();
            rows.push((format!("workerd, {how}"), *mib, said["most"].to_string(), seconds));
        }
    }
    println!("\n{:18} {:>10} {:>22} {:>8}", "", "body, MiB", "most memory, MiB", "s");
    for (title, mib, memory, seconds) in rows {
        println!("{title:18} {mib:>10} {memory:>22} {seconds:>8.1}");
    }
    println!(
        "\nMemory is that of the whole process. loop: reads and writes in a loop; pipe: pipeThrough; \
         nothing: pipeThrough of a stream that only copies; event: eventFromRequest, of a body that is \
         dropped."
    );
    Ok(())
}

/// `examples/stream.rs` with a body of `mib` MiB: its peak, as Linux counts it.
fn native(mib: usize) -> Result<(String, usize, String, f64), Error> {
    let piece =
        b"name=Ada+L.&email=ada%40example.com&text=caf%C3%A9+%22noir%22%0D%0A&n=1&".repeat(800);
    let mut stream = Command::new(root().join("target/release/examples/stream"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let status = format!("/proc/{}/status", stream.id());
    let (input, output) = (stream.stdin.take(), stream.stdout.take());
    let (mut input, mut output) = (input.ok_or("no input")?, output.ok_or("no output")?);
    let reader = thread::spawn(move || io::copy(&mut output.by_ref(), &mut io::sink()));
    let began = Instant::now();
    for _ in 0..(mib << 20) / piece.len() {
        input.write_all(&piece)?;
    }
    let status = fs::read_to_string(status)?;
    drop(input);
    let read = reader.join().map_err(|_| "the reader has panicked")??;
    if !stream.wait()?.success() || read < (mib as u64) << 19 {
        return Err(format!("the stream wrote {read} bytes").into());
    }
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: f64 = kib.trim().trim_end_matches(" kB").parse()?;
    Ok(("native".into(), mib, format!("{:.1}", kib / 1_024.0), began.elapsed().as_secs_f64()))
}
