//! A run's timings, kept with what they were measured on.

use std::fs;

use serde_json::{Value, json};

use super::Timing;
use crate::{Error, Run, node, root};

/// Writes `benches/record/<date>-<cpu>.json`.
pub(super) fn write(timings: &[Timing]) -> Result<(), Error> {
    let line = |program: Run, words: &str| -> Result<String, Error> {
        Ok(program.words(words).read()?.trim().to_owned())
    };
    let date = line(Run::new("date"), "--utc +%F")?;
    let cpu = cpu();
    let workerd = fs::read(root().join("node_modules/workerd/package.json"))?;
    let workerd: Value = serde_json::from_slice(&workerd)?;
    let facts = [
        ("date", json!(date)),
        ("cpu", json!(cpu)),
        ("rustc", json!(line(Run::new("rustc"), "--version")?)),
        ("node", json!(line(node::node()?, "--version")?)),
        ("workerd", workerd["version"].clone()),
    ];
    // One a line, so that two records can be compared.
    let facts = facts.iter().map(|(name, fact)| format!("  \"{name}\": {fact},"));
    let facts = facts.collect::<Vec<_>>().join("\n");
    let timings: Result<Vec<_>, _> = timings.iter().map(serde_json::to_string).collect();
    let timings = timings?.join(",\n    ");
    let folder = root().join("benches/record");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{date}-{}.json", slug(&cpu)));
    fs::write(&file, format!("{{\n{facts}\n  \"timings\": [\n    {timings}\n  ]\n}}\n"))?;
    eprintln!("\n{}", file.display());
    Ok(())
}

/// The processor's name, where Linux tells it.
fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    model.unwrap_or(std::env::consts::ARCH).to_owned()
}

fn slug(name: &str) -> String {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}
