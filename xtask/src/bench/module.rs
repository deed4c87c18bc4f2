//! The WebAssembly module beside the crate with the same kind of SIMD.

use serde_json::Value;

use super::results;
use crate::{Error, Run, files, node, root};

/// The time that the long body takes, in ns.
pub(super) struct Speed {
    pub(super) rules: &'static str,
    /// By the crate with what every machine of this kind has: SSE2 on x86-64.
    pub(super) baseline: f64,
    /// By the module.
    pub(super) module: f64,
}

/// Both ways.
pub(super) fn speeds(pace: &str) -> Result<Vec<Speed>, Error> {
    let home = root().join("target/bench-baseline");
    files::empty(&home)?;
    Run::new("cargo")
        .words("bench --locked -p formevent-benches --bench native --target-dir target/baseline")
        .words(r#"--config build.rustflags=["--cfg=formevent_baseline"] --"#)
        .arg("^(raw|decode)/formevent/long$")
        .words(pace)
        .env("CRITERION_HOME", &home)
        .now()?;
    let crates = results(&home)?;
    let module: Value = serde_json::from_str(&node::node()?.arg("benches/js/module.js").read()?)?;
    let speed = |rules: &'static str| {
        let baseline = crates.iter().find(|timing| timing.group == rules)?.ns;
        Some(Speed { rules, baseline, module: module[rules].as_f64()? })
    };
    Ok(["raw", "decode"].into_iter().filter_map(speed).collect())
}
