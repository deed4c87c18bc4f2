//! The README of this package shows what the command prints.
#![cfg(unix)]

mod shell;

#[test]
fn readme() {
    let readme = include_str!("../README.md");
    assert_eq!(shell::check_session(readme), 3);
    let (_, audit) = readme.split_once("## What would my template have done?").unwrap();
    assert_eq!(shell::check_session(audit), 1);
}
