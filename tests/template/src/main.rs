//! Compares mapping templates in Apache Velocity with formevent's rules, and makes `tests/vectors` from the
//! comparison: `cargo xtask vectors`.
//!
//! The event that formevent must write comes from `tests/oracle`, so a vector is never made by the code that
//! it checks.

mod engine;
mod json;
#[path = "../../oracle/mod.rs"]
mod oracle;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use formevent::{Duplicates, Rules};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value, json};

use json::Json;
use oracle::shape::Request;

/// The presets that were templates.
const PRESETS: [&str; 7] =
    ["template", "flat", "flat-raw", "data", "serverless", "passthrough", "raw"];
/// Longer bodies have vectors of the first preset alone, to keep the files small.
const MAX_BODY: usize = 40;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["make"] => make(),
        ["check"] => check(),
        ["compare", from, template, shape] => compare(Path::new(from), template, shape)
            .and_then(|text| Ok(io::stdout().write_all(text.as_bytes())?)),
        _ => Err("expected `make`, `check` or `compare FOLDER TEMPLATE SHAPE`".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the vectors and prints the tables of the README.
fn make() -> Result<(), Error> {
    let (files, tables) = vectors()?;
    for (path, text) in files {
        fs::write(path, text)?;
    }
    Ok(io::stdout().write_all(tables.as_bytes())?)
}

/// Fails unless the vectors and the README's tables are what `make` makes.
fn check() -> Result<(), Error> {
    let (files, tables) = vectors()?;
    let mut stale: Vec<String> = Vec::new();
    for (path, text) in files {
        let committed = fs::read_to_string(&path).unwrap_or_default();
        if text != committed {
            let equal = text.lines().zip(committed.lines()).take_while(|(made, own)| made == own);
            stale.push(format!(
                "{}:{} is not what the template gives",
                path.display(),
                equal.count() + 1
            ));
        }
    }
    let readme = folder().join("README.md");
    if !fs::read_to_string(&readme)?.contains(&tables) {
        stale.push(format!("{} has other tables", readme.display()));
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("{}\nRun `cargo xtask vectors` and look at what changed.", stale.join("\n")).into())
}

/// The text of each file of vectors, and the tables of the README.
fn vectors() -> Result<(Vec<(PathBuf, String)>, String), Error> {
    let (recorded, mut short) = (recorded()?, own()?);
    for case in recorded.iter().filter(|case| case.body.len() <= MAX_BODY) {
        if short.iter().all(|one| one.body != case.body) {
            short.push(case.clone());
        }
    }
    let mut files = Vec::new();
    let mut counts = String::from(
        "| preset | bodies | same | error | not-json | differs |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let mut examples =
        String::from("| preset | kind | such as | because |\n| --- | --- | --- | --- |\n");
    for name in PRESETS {
        let cases = if name == "template" { &recorded } else { &short };
        let template = folder().join(name).with_extension("vtl");
        let compared = run(&template, &Preset::read(&Preset::path(name))?, cases)?;
        let mut text = Vec::new();
        for (case, event, outcome) in &compared {
            let vector = if name == "template" {
                case.first_vector(event, outcome)?
            } else {
                case.vector(event, outcome)?
            };
            vector.serialize(&mut Serializer::with_formatter(&mut text, Spaced))?;
            text.push(b'\n');
        }
        let file = folder().join("../vectors").join(name).with_extension("jsonl");
        files.push((file, String::from_utf8(text)?));

        let by_kind = by_kind(&compared);
        write!(counts, "| `{name}` | {} |", compared.len())?;
        for kind in ["same", "error", "not-json", "differs"] {
            let all = by_kind.get(kind).map_or(&[][..], Vec::as_slice);
            write!(counts, " {} |", all.len())?;
            let shortest = all.iter().min_by_key(|(case, _)| {
                let is_readable = case.body.bytes().all(|byte| byte.is_ascii_graphic());
                (!is_readable || case.body.is_empty(), case.body.len())
            });
            if let Some((case, outcome)) = shortest.filter(|_| kind != "same") {
                let cell = |text: &str| text.replace('|', "\\|").replace('`', "'");
                let (body, why) =
                    (cell(&Value::from(&*case.body).to_string()), cell(&outcome.why()));
                writeln!(examples, "| `{name}` | {kind} | `{body}` | {why} |")?;
            }
        }
        counts.push('\n');
    }
    Ok((files, format!("{counts}\n{examples}")))
}

/// The most bodies of a kind to print.
const MOST: usize = 20;

/// The bodies where a template of your own differs from formevent, and their number by kind.
fn compare(from: &Path, template: &str, shape: &str) -> Result<String, Error> {
    let named = Preset::path(shape);
    let preset = Preset::read(&if named.exists() { named } else { from.join(shape) })?;
    let cases = [own()?, recorded()?].concat();
    let compared = run(&from.join(template), &preset, &cases)?;
    let mut text = String::new();
    let mut kinds = by_kind(&compared);
    // A body may come in several requests.
    for (kind, differing) in kinds.iter_mut().filter(|(kind, _)| **kind != "same") {
        differing.sort_by_key(|(case, _)| (case.body.len(), &case.body));
        differing.dedup_by_key(|(case, _)| &case.body);
        for (case, outcome) in differing.iter().take(MOST) {
            writeln!(text, "{kind:8} {}\n         {}", Value::from(&*case.body), outcome.why())?;
        }
        let more = differing.len().saturating_sub(MOST);
        if more > 0 {
            writeln!(text, "{kind:8} and {more} more")?;
        }
    }
    let kinds = by_kind(&compared);
    for (kind, all) in &kinds {
        writeln!(text, "{:5} {kind}", all.len())?;
    }
    writeln!(text, "{:5} bodies", compared.len())?;
    // The template may stand for another preset.
    let mut most = kinds.get("same").map_or(0, Vec::len);
    for name in PRESETS.iter().filter(|name| **name != shape) {
        let compared = run(&from.join(template), &Preset::read(&Preset::path(name))?, &cases)?;
        let same = by_kind(&compared).get("same").map_or(0, Vec::len);
        if same > most {
            writeln!(text, "{same:5} same with --shape {name}")?;
            most = same;
        }
    }
    Ok(text)
}

type Compared<'a> = (&'a Case, Json, Outcome);

fn run<'a>(
    template: &Path,
    preset: &Preset,
    cases: &'a [Case],
) -> Result<Vec<Compared<'a>>, Error> {
    let rendered = engine::render(&folder(), template, cases)?;
    cases
        .iter()
        .zip(rendered)
        .map(|(case, rendered)| {
            let event = oracle::shape::event(&preset.shape, preset.options, &case.request)
                .map_err(|hole| {
                    format!("the shape's {hole:?} is not a hole that these requests fill")
                })?;
            let event = serde_json::from_str(&event)?;
            let outcome = Outcome::of(rendered, &event);
            Ok((case, event, outcome))
        })
        .collect()
}

fn by_kind<'a>(
    compared: &'a [Compared<'a>],
) -> BTreeMap<&'static str, Vec<(&'a Case, &'a Outcome)>> {
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (case, _, outcome) in compared {
        kinds.entry(outcome.kind()).or_default().push((*case, outcome));
    }
    kinds
}

/// The template's result beside the event that formevent must write.
enum Outcome {
    Same,
    /// The template threw, with this message.
    Error(String),
    NotJson(String),
    /// The first difference.
    Differs(String),
}

impl Outcome {
    fn of(rendered: Result<String, String>, event: &Json) -> Outcome {
        match rendered.map(|text| serde_json::from_str::<Json>(&text)) {
            Err(message) => Outcome::Error(message),
            Ok(Err(error)) => Outcome::NotJson(error.to_string()),
            Ok(Ok(json)) => {
                Json::difference(&json, event, "").map_or(Outcome::Same, Outcome::Differs)
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Outcome::Same => "same",
            Outcome::Error(_) => "error",
            Outcome::NotJson(_) => "not-json",
            Outcome::Differs(_) => "differs",
        }
    }

    fn why(&self) -> String {
        match self {
            Outcome::Same => String::new(),
            Outcome::Error(why) | Outcome::NotJson(why) | Outcome::Differs(why) => why.clone(),
        }
    }
}

/// A request that the templates run on.
#[derive(Clone)]
struct Case {
    body: String,
    request: Request,
    /// The decoded pairs of the query string.
    query: Vec<(String, String)>,
}

impl Case {
    /// Reads `body`, `headers`, `stage`, `sourceIp` and `userAgent`. The rest is the same in every case.
    fn read(line: &str) -> Result<Case, Error> {
        let case: Value = serde_json::from_str(line)?;
        let text = |name: &str| case[name].as_str().map(str::to_owned).ok_or(line);
        let body = text("body")?;
        let request = Request {
            body: body.clone().into(),
            headers: serde_json::from_value(case["headers"].clone())?,
            stage: text("stage")?,
            source_ip: text("sourceIp")?,
            user_agent: text("userAgent")?,
            method: "POST".to_owned(),
            path: "/contact".to_owned(),
            query_string: "lang=en&from=front%20page".to_owned(),
            id: "00000000-0000-4000-8000-000000000000".to_owned(),
            ..Request::default()
        };
        let decoded =
            oracle::Case { rules: Rules::Whatwg, decode: true, duplicates: Duplicates::Last };
        let query = oracle::members(request.query_string.as_bytes(), decoded);
        let query = query.into_iter().map(|(name, values)| (name, values.concat())).collect();
        Ok(Case { body, request, query })
    }

    fn vector(&self, event: &Json, outcome: &Outcome) -> Result<Value, Error> {
        let request = &self.request;
        Ok(json!({
            "body": self.body, "headers": request.headers, "stage": request.stage,
            "sourceIp": request.source_ip, "userAgent": request.user_agent, "method": request.method,
            "path": request.path, "queryString": request.query_string, "requestId": request.id,
            "template": outcome.kind(), "event": serde_json::to_value(event)?,
        }))
    }

    /// A vector of the first preset also states how the body is split.
    fn first_vector(&self, event: &Json, outcome: &Outcome) -> Result<Value, Error> {
        let request = &self.request;
        let (pairs, dropped) = oracle::split(&request.body, Rules::Template);
        let text = |raw: &[u8]| oracle::text(raw, false).0;
        let pairs: Vec<_> = pairs.iter().map(|(key, value, _)| (text(key), text(value))).collect();
        let dropped: Vec<_> =
            dropped.iter().map(|(offset, raw, reason)| (offset, text(raw), reason)).collect();
        Ok(json!({
            "body": self.body, "headers": request.headers, "stage": request.stage,
            "sourceIp": request.source_ip, "userAgent": request.user_agent,
            "template": outcome.kind(), "pairs": pairs, "dropped": dropped,
            "event": serde_json::to_value(event)?,
        }))
    }
}

/// The requests of the first preset's vectors.
fn recorded() -> Result<Vec<Case>, Error> {
    read_cases(&folder().join("../vectors/template.jsonl"))
}

/// The requests that were added for the other presets.
fn own() -> Result<Vec<Case>, Error> {
    read_cases(&folder().join("requests.jsonl"))
}

fn read_cases(path: &Path) -> Result<Vec<Case>, Error> {
    fs::read_to_string(path)?.lines().map(Case::read).collect()
}

/// A file of `shapes`.
struct Preset {
    options: oracle::Case,
    shape: Value,
}

impl Preset {
    fn path(name: &str) -> PathBuf {
        folder().join("../../shapes").join(name).with_extension("json")
    }

    fn read(path: &Path) -> Result<Preset, Error> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let preset: Value = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
        let option = |name: &str| preset.get(name).and_then(Value::as_str).unwrap_or_default();
        let options = oracle::Case {
            rules: if option("rules").is_empty() {
                Rules::Template
            } else {
                option("rules").parse()?
            },
            decode: preset.get("decode") == Some(&Value::Bool(true)),
            duplicates: match option("duplicates") {
                "" => Duplicates::Keep,
                duplicates => duplicates.parse()?,
            },
        };
        let shape = preset
            .get("shape")
            .ok_or_else(|| wrong(&"expected an object with the member `shape`"))?;
        Ok(Preset { options, shape: shape.clone() })
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Visible ASCII alone, with a space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        for char in text.chars() {
            if matches!(char, ' '..='~') {
                write!(out, "{char}")?;
            } else {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

/// Why a command failed.
type Error = Box<dyn std::error::Error>;
