//! Runs templates in Apache Velocity by `Runner.java`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::{Case, Error};

/// Debian's packages `velocity`, `libcommons-lang-java` and `libcommons-collections3-java`.
const JARS: [&str; 3] = ["velocity.jar", "commons-lang.jar", "commons-collections3.jar"];

/// Renders the template for each case: the text, or the message of the exception.
pub(crate) fn render(
    folder: &Path,
    template: &Path,
    cases: &[Case],
) -> Result<Vec<Result<String, String>>, Error> {
    let jars = JARS.map(|jar| format!("/usr/share/java/{jar}")).join(":");
    let mut java = Command::new("java")
        .args(["-cp", &jars])
        .arg(folder.join("Runner.java"))
        .arg(template)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("java: {error}; is it installed?"))?;
    let mut input = Vec::new();
    for case in cases {
        write_request(&mut input, case);
    }
    let mut stdin = java.stdin.take().ok_or("java has no standard input")?;
    // Both pipes may fill up.
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = java.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{}: Runner.java {}", output.status, template.display()).into());
    }
    writer.join().map_err(|_| "the writer panicked")??;

    let mut rest = output.stdout.as_slice();
    let results: Option<Vec<_>> = cases.iter().map(|_| read_result(&mut rest)).collect();
    results.ok_or_else(|| "Runner.java gave too few results".into())
}

fn write_request(out: &mut Vec<u8>, case: &Case) {
    let request = &case.request;
    let variables = [
        ("body", &*case.body),
        ("httpMethod", &request.method),
        ("requestId", &request.id),
        ("resourcePath", &request.path),
        ("sourceIp", &request.source_ip),
        ("stage", &request.stage),
        ("userAgent", &request.user_agent),
    ];
    write_map(out, &variables);
    write_map(out, &request.headers);
    write_map(out, &case.query);
}

fn write_map(out: &mut Vec<u8>, map: &[(impl AsRef<str>, impl AsRef<str>)]) {
    write_len(out, map.len());
    for (name, value) in map {
        for text in [name.as_ref(), value.as_ref()] {
            write_len(out, text.len());
            out.extend_from_slice(text.as_bytes());
        }
    }
}

fn write_len(out: &mut Vec<u8>, len: usize) {
    let len = u32::try_from(len).expect("requests are short");
    out.extend_from_slice(&len.to_be_bytes());
}

fn read_result(rest: &mut &[u8]) -> Option<Result<String, String>> {
    let (&[rendered, a, b, c, d], after) = rest.split_first_chunk()?;
    let len = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
    let (text, after) = after.split_at_checked(len)?;
    *rest = after;
    let text = String::from_utf8(text.to_vec()).ok()?;
    Some(if rendered == 1 { Ok(text) } else { Err(text) })
}
