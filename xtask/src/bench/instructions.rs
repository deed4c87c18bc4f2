//! `cargo xtask bench --instructions`: what a noisy machine does not change.

use std::fs;

use crate::{Error, Run, apt, root};

/// Counts the instructions of one call for small bodies, with callgrind.
pub(crate) fn run() -> Result<(), Error> {
    apt::valgrind()?;
    apt::cplusplus()?;
    let out = root().join("target/callgrind.out");
    let runner = [
        "valgrind".to_owned(),
        "--quiet".to_owned(),
        "--tool=callgrind".to_owned(),
        "--collect-atstart=no".to_owned(),
        "--toggle-collect=instructions::counted".to_owned(),
        // A part of the file for each call, in the order of what the program prints.
        "--dump-after=instructions::counted".to_owned(),
        "--combine-dumps=yes".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let calls = Run::new("cargo")
        .words("bench --locked --quiet -p formevent-benches --bench instructions --config")
        .arg(format!("target.'cfg(all())'.runner={runner:?}"))
        .read()?;
    let counts = fs::read_to_string(out)?;
    let counts = counts.lines().filter_map(|line| line.strip_prefix("totals: "));

    println!("\n{:10} {:10} {:28} {:>12}  to formevent's", "group", "body", "", "instructions");
    let mut ours = 0.0;
    for (call, count) in calls.lines().zip(counts) {
        let [group, body, subject] = call.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("no call of a subject: {call}").into());
        };
        let count: u32 = count.parse()?;
        if subject == "formevent" {
            ours = f64::from(count);
        }
        println!("{group:10} {body:10} {subject:28} {count:12}  {:.2}", f64::from(count) / ours);
    }
    Ok(())
}
