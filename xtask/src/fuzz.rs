//! `cargo xtask fuzz`: runs every target on random cases at full speed, then in libFuzzer with
//! coverage guidance and `AddressSanitizer`.

use std::path::PathBuf;

use crate::{Error, Run, root, tool};

/// Builds for random cases: the best SIMD of this machine, AVX2, and the baseline of its architecture.
const RANDOM: [(&str, &str); 3] = [
    ("best", "--cfg fuzzing"),
    ("avx2", "--cfg fuzzing --cfg formevent_level=\"avx2\""),
    ("baseline", "--cfg fuzzing --cfg formevent_level=\"baseline\""),
];

/// Runs for `minutes`, builds not counted: three quarters on random cases, one quarter in libFuzzer.
pub(crate) fn run(minutes: u64, only: Option<&str>) -> Result<(), Error> {
    const TARGETS: [&str; 8] =
        ["object", "stream", "event", "shape", "multipart", "standard", "scanners", "typed"];
    let mut targets = TARGETS.to_vec();
    targets.retain(|target| only.is_none_or(|only| only == *target));
    if targets.is_empty() {
        return Err(format!("the targets are {}", TARGETS.join(", ")).into());
    }
    let seconds = minutes * 60 / targets.len() as u64;
    let mut rows = Vec::new();
    for (simd, flags) in RANDOM {
        let folder = root().join("target/fuzz").join(simd);
        let cargo = Run::new("cargo").env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", &folder);
        cargo
            .words("build --release --locked --manifest-path fuzz/Cargo.toml")
            .words("--no-default-features --example random")
            .now()?;
        for target in &targets {
            let seconds = seconds * 3 / (4 * RANDOM.len() as u64);
            let random = Run::new(folder.join("release/examples/random")).arg(target);
            let executions: u64 = random.arg(seconds.to_string()).read()?.trim().parse()?;
            rows.push((target, format!("random, {simd} SIMD"), executions, seconds, "-".into()));
        }
    }
    let cargo_fuzz = install()?;
    for target in &targets {
        let seconds = seconds / 4;
        let log = Run::new(&cargo_fuzz)
            .words("fuzz run --fuzz-dir fuzz --target-dir target/fuzz/libfuzzer")
            .arg(target)
            .words("-- -max_len=8192 -print_final_stats=1")
            .arg(format!("-max_total_time={seconds}"))
            .env("RUSTUP_TOOLCHAIN", "nightly")
            .logged(&root().join(format!("target/fuzz-{target}.log")))?;
        let last = |word: &str| log.rsplit(word).next()?.split_whitespace().next();
        let executions = last("executed_units:").unwrap_or_default().parse()?;
        let edges = last("cov:").unwrap_or_default().to_owned();
        rows.push((target, "libFuzzer, sanitizer".into(), executions, seconds, edges));
    }
    println!("\n{:10}{:22}{:>14}{:>12}{:>8}", "target", "cases", "executions", "a second", "edges");
    let mut total = 0;
    for (target, cases, executions, seconds, edges) in rows {
        let rate = executions / seconds.max(1);
        println!("{target:10}{cases:22}{executions:>14}{rate:>12}{edges:>8}");
        total += executions;
    }
    println!("{:10}{:22}{total:>14}\nNo target found anything.", "total", "");
    Ok(())
}

/// Installs cargo-fuzz and the nightly compiler that it needs.
fn install() -> Result<PathBuf, Error> {
    // A dated nightly does not count: it has another name.
    if !Run::new("rustup").words("run nightly rustc --version").works() {
        Run::new("rustup").words("toolchain install nightly --profile minimal").now()?;
    }
    tool::install("cargo-fuzz", "0.13.2")
}
