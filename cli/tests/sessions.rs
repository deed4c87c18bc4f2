//! The documents of the repository, which are not in the package, show what the command prints.
#![cfg(unix)]

mod shell;

use std::fs;
use std::path::Path;

#[test]
fn sessions() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let book = fs::read_dir(root.join("docs/src")).unwrap().map(|entry| entry.unwrap().path());
    let documents = book.filter(|path| path.extension().is_some_and(|it| it == "md"));
    let mut commands = 0;
    for path in documents.chain([root.join("README.md")]) {
        commands += shell::check_sessions(&fs::read_to_string(path).unwrap());
    }
    assert!(commands >= 4);
}
