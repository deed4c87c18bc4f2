//! The README of the repository, which is not in the package, shows what the command prints.
#![cfg(unix)]

mod shell;

#[test]
fn root_readme() {
    assert_eq!(shell::check_session(include_str!("../../README.md")), 5);
}
