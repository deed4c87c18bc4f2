//! Prints the counts: as tables, or as JSON.

use std::io::{self, Write};

use formevent::DropReason;
use indicatif::HumanCount;
use serde::Serialize;
use serde_json::{Map, Value};

use super::AuditArgs;
use super::keys::Lost;
use super::tally::{Place, Tally};
use crate::file::name;

/// The names of all verdicts but `same`, with their meaning for the owner of a form.
const SPOILT: [(&str, &str); 4] = [
    ("fails", "the template fails, and the request is lost"),
    ("not-json", "it writes invalid JSON, and the request is lost"),
    ("differs", "the function reads other text than was sent"),
    ("loses", "the function does not get every field"),
];

const SAME: (&str, &str) = ("same", "the function gets what was sent");

/// Prints the tables.
pub(crate) fn tables(args: &AuditArgs, tally: &Tally<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let (bodies, bytes) = (human(tally.bodies), human(tally.bytes));
    writeln!(out, "bodies read: {bodies} ({bytes} bytes)")?;

    writeln!(out, "\nWhat the template does with them")?;
    let rows = SPOILT.map(|(verdict, what)| (verdict, what, tally.spoilt(verdict).count));
    for (verdict, what, count) in rows.into_iter().chain([(SAME.0, SAME.1, tally.same())]) {
        let share = percent(count, tally.bodies);
        writeln!(out, "  {:>13}  {share:>6}  {verdict:<9} {what}", human(count))?;
    }

    writeln!(out, "\nFields dropped from requests that are not lost")?;
    for reason in DropReason::ALL {
        let count = tally.dropped(reason.as_str());
        writeln!(out, "  {:>13}  {reason}", human(count))?;
    }

    let keys = tally.keys.most();
    let others = others(args, tally, &keys);
    if !keys.is_empty() || others > 0 {
        writeln!(out, "\nValues lost to repeated keys in these requests: values, bodies, key")?;
        for (key, lost) in keys.iter().take(args.keys) {
            let (values, bodies) = (human(lost.values), human(lost.bodies));
            writeln!(out, "  {values:>13}  {bodies:>13}  {}", shown(key.as_bytes(), false))?;
        }
        if others > 0 {
            writeln!(out, "  {:>13}  {:>13}  other keys", human(others), "")?;
        }
        let missed = tally.keys.missed;
        if missed > 0 {
            let missed = human(missed);
            writeln!(
                out,
                "  There are too many keys for exact counts: each may be up to {missed} too low"
            )?;
        }
    }

    if SPOILT.iter().any(|(verdict, _)| !tally.spoilt(verdict).first.is_empty()) {
        writeln!(out, "\nFirst examples")?;
    }
    for (verdict, _) in SPOILT {
        for it in &tally.spoilt(verdict).first {
            let Place { offset, text, is_cut, .. } = &it.what;
            let (file, text) = (name(&args.files[it.file]), shown(text, *is_cut));
            writeln!(out, "  {verdict:<9} {file}:{}, byte offset {offset}: {text}", it.line)?;
        }
    }
    Ok(())
}

/// Returns the values lost by keys that are not shown, and those that the shown counts missed.
fn others(args: &AuditArgs, tally: &Tally<'_>, keys: &[(&str, Lost)]) -> u64 {
    let shown = keys.iter().take(args.keys).map(|(_, lost)| lost.values);
    tally.keys.values - shown.sum::<u64>()
}

fn human(count: u64) -> String {
    HumanCount(count).to_string()
}

/// Returns the share of `part` in percent, 0 % or 100 % only if that is exact.
fn percent(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    match part {
        0 => "0 %".to_owned(),
        _ if part == whole => "100 %".to_owned(),
        _ if share < 0.1 => "<0.1 %".to_owned(),
        _ => format!("{:.1} %", share.min(99.9)),
    }
}

/// Returns `text` in quotes, escaped so that it cannot control the terminal.
fn shown(text: &[u8], is_cut: bool) -> String {
    let text = String::from_utf8_lossy(text);
    format!("{text:?}{}", if is_cut { "…" } else { "" })
}

#[derive(Serialize)]
struct Json<'a> {
    bodies: u64,
    bytes: u64,
    verdicts: Map<String, Value>,
    dropped: Map<String, Value>,
    keys: Vec<LosingKey<'a>>,
    /// The values that the counts of `keys` do not include.
    #[serde(rename = "otherValues")]
    other_values: u64,
    /// How much too low a count of `keys` can be.
    #[serde(rename = "missedValues")]
    missed_values: u64,
    examples: Vec<JsonExample<'a>>,
    /// The number of lines without a body.
    unread: u64,
    /// The files that could not be read to the end.
    failed: Vec<FailedFile>,
}

#[derive(Serialize)]
struct LosingKey<'a> {
    key: &'a str,
    values: u64,
    bodies: u64,
}

#[derive(Serialize)]
struct JsonExample<'a> {
    verdict: &'a str,
    file: String,
    line: u64,
    offset: usize,
    text: String,
    /// Whether the body continues after `text`.
    cut: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct FailedFile {
    file: String,
    error: String,
}

/// Prints one JSON object.
pub(crate) fn json(args: &AuditArgs, tally: &Tally<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let keys = tally.keys.most();
    let spoilt =
        SPOILT.map(|(verdict, _)| (verdict.to_owned(), tally.spoilt(verdict).count.into()));
    let same = (SAME.0.to_owned(), tally.same().into());
    let file = |index: usize| name(&args.files[index]).to_string();
    let json = Json {
        bodies: tally.bodies,
        bytes: tally.bytes,
        verdicts: spoilt.into_iter().chain([same]).collect(),
        dropped: DropReason::ALL
            .iter()
            .map(|reason| (reason.to_string(), tally.dropped(reason.as_str()).into()))
            .collect(),
        keys: keys
            .iter()
            .take(args.keys)
            .map(|(key, lost)| LosingKey { key, values: lost.values, bodies: lost.bodies })
            .collect(),
        other_values: others(args, tally, &keys),
        missed_values: tally.keys.missed,
        examples: SPOILT
            .iter()
            .flat_map(|(verdict, _)| {
                tally.spoilt(verdict).first.iter().map(move |it| (verdict, it))
            })
            .map(|(verdict, it)| JsonExample {
                verdict,
                file: file(it.file),
                line: it.line,
                offset: it.what.offset,
                text: String::from_utf8_lossy(&it.what.text).into_owned(),
                cut: it.what.is_cut,
                reason: it.what.reason.map(DropReason::as_str),
            })
            .collect(),
        unread: tally.unread.count,
        failed: tally
            .failed
            .iter()
            .map(|(index, error)| FailedFile { file: file(*index), error: error.to_string() })
            .collect(),
    };
    serde_json::to_writer(&mut *out, &json)?;
    out.push(b'\n');
    Ok(())
}
