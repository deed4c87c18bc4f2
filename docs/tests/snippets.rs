//! The snippets of every document in the repository have a test that runs or at least parses them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The paths and texts of those files that git knows, or that it does not ignore.
fn files(pattern: &str) -> Vec<(String, String)> {
    let listed = Command::new("git")
        .current_dir(root())
        // In a container the files may be another user's.
        .args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            pattern,
        ])
        .output()
        .unwrap();
    let paths = String::from_utf8(listed.stdout).unwrap();
    let read = |path: &str| Some((path.to_owned(), fs::read_to_string(root().join(path)).ok()?));
    paths.lines().filter_map(read).collect()
}

fn documents() -> Vec<(String, String)> {
    files("*.md")
}

/// The language and the text of each snippet.
fn snippets(document: &str) -> Vec<(&str, &str)> {
    let mut parts = document.split("```").skip(1).step_by(2);
    let mut snippets = Vec::new();
    while let Some((language, text)) = parts.next().and_then(|part| part.split_once('\n')) {
        snippets.push((language, text));
    }
    snippets
}

/// Whether the snippet's first line is a comment that names a file of `examples`, which has the other lines.
fn is_in_an_example(text: &str) -> bool {
    let file = text.strip_prefix("// examples/").and_then(|text| text.split_once('\n'));
    file.is_some_and(|(path, code)| {
        let source = fs::read_to_string(root().join("examples").join(path)).unwrap();
        assert!(source.contains(code), "examples/{path} does not have this snippet:\n{code}");
        true
    })
}

/// Whether the snippet is Rust as far as rustfmt can tell.
fn is_rust(text: &str) -> bool {
    let mut rustfmt = Command::new("rustfmt")
        .current_dir(root())
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    rustfmt.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    rustfmt.wait().unwrap().success()
}

#[test]
fn each_snippet_has_a_test() {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let documents = documents();
    let examples = files("examples/*.rs");
    let js_examples = files("examples/*.js");
    for (path, document) in &documents {
        let is_book = path.starts_with("docs/src/");
        for (language, text) in snippets(document) {
            let is_tested = match language {
                // Doc tests: of `src/lib.rs`, and of `docs/lib.rs`, which has to name each chapter.
                "rust" => {
                    let file = path.strip_prefix("docs/").unwrap_or(path);
                    let lib = include_str!("../lib.rs");
                    path == "README.md" || is_book && lib.contains(&format!("\"{file}\""))
                }
                // The lines of an example.
                "js,ignore" => js_examples.iter().any(|(_, source)| source.contains(text)),
                "rust,ignore" => {
                    examples.iter().any(|(_, source)| source.contains(text))
                        || is_in_an_example(text)
                        // These take too long to build.
                        || path == "docs/src/rust-at-the-edge.md" && is_rust(text)
                }
                // `tests/npm/docs.test.js`, and for the package's README also `package.test.js`.
                "js" => path == "README.md" || path == "pkg/README.md" || is_book,
                "json" | "jsonc" => {
                    // A part of an object becomes one; the comments are whole lines.
                    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                    let text: String = lines.collect();
                    let object = format!("{{{text}}}");
                    let is_json =
                        |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
                    is_json(&text) || is_json(&object)
                }
                // `tests/front/front.test.js` puts it into the template.
                "yaml" => path == "examples/lambda-front/README.md",
                // `cli/tests/sessions.rs` runs the first.
                "console" | "sh" | "text" => true,
                _ => false,
            };
            assert!(is_tested, "{path}: no test runs this snippet:\n```{language}\n{text}```");
            *counts.entry(language).or_default() += 1;
        }
    }
    for language in ["rust", "rust,ignore", "js", "js,ignore", "console", "json", "sh"] {
        assert!(counts.contains_key(language), "{counts:?}");
    }
}

#[test]
fn each_command_of_xtask_exists() {
    let cargo = env::var_os("CARGO").unwrap();
    let help = Command::new(cargo).current_dir(root()).args(["xtask", "help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands: Vec<&str> =
        help.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"demo"), "{help}");
    let mut count = 0;
    for (path, document) in documents() {
        for rest in document.split("cargo xtask ").skip(1) {
            let command = rest
                .split(|char: char| !char.is_ascii_alphanumeric() && char != '-')
                .next()
                .unwrap();
            // The changelog may name what is gone, and `COMMAND` stands for any.
            if path != "CHANGELOG.md" && command != "COMMAND" {
                assert!(commands.contains(&command), "{path}: cargo xtask {command}");
                count += 1;
            }
        }
    }
    assert!(count > 10);
}

#[test]
fn the_table_of_the_readme() {
    use formevent::DropReason;
    use formevent::template::{Verdict, verdict};

    let readme = include_str!("../../README.md");
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).take(5).collect();
    let expected = [
        (
            "name=Ada&token=abc==",
            Verdict::Loses { offset: 9, reason: Some(DropReason::ManyEquals) },
            r#"{"name":"Ada"}"#,
        ),
        ("name=Ada&=", Verdict::Fails { offset: 9 }, r#"{"name":"Ada"}"#),
        (r"path=C:\", Verdict::NotJson { offset: 7 }, r#"{"path":"C:\\"}"#),
        (r"path=C:\new", Verdict::Differs { offset: 7 }, r#"{"path":"C:\\new"}"#),
        (
            "topic=tea&topic=cake",
            Verdict::Loses { offset: 0, reason: None },
            r#"{"topic":"tea","topic":"cake"}"#,
        ),
    ];
    assert_eq!(rows.len(), expected.len());
    for (row, (body, kind, json)) in rows.iter().zip(expected) {
        assert!(row.starts_with(&format!("| `{body}` |")), "{row}");
        assert_eq!(verdict(body), kind, "{body}");
        assert_eq!(formevent::to_string(body), json);
    }
}

/// The install line and the program of the README, in a project of their own.
#[cfg(unix)]
#[test]
fn the_rust_quick_start_in_a_new_project() {
    let readme = include_str!("../../README.md");
    let (_, program) =
        snippets(readme).into_iter().find(|(language, _)| *language == "rust").unwrap();
    // Beside a clone called formevent, as the README has it.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contact");
    let clone = folder.with_file_name("formevent");
    fs::create_dir_all(folder.join("src")).unwrap();
    if !clone.exists() {
        std::os::unix::fs::symlink(root(), &clone).unwrap();
    }
    // A workspace of its own: the folder is inside this one.
    let manifest = "[package]\nname = \"contact\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), program).unwrap();
    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap());
        // The crates are there: the tests were built with them.
        let cargo = cargo.current_dir(&folder).env("CARGO_NET_OFFLINE", "true").args(arguments);
        let output = cargo.env_remove("CARGO_TARGET_DIR").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let install = "cargo add formevent --path ../formevent";
    assert!(readme.contains(&format!("`{install}`")) && readme.contains("`cargo add serde_json`"));
    let words: Vec<&str> = install.split(' ').skip(1).collect();
    cargo(&words);
    cargo(&["add", "serde_json"]);
    assert_eq!(
        cargo(&["run", "--quiet"]),
        "`token=abc==` at byte offset 33 is not a pair: it has more than one `=`\n"
    );
}
