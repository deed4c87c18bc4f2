//! The README of this package shows what the command prints.
#![cfg(unix)]

mod shell;

#[test]
fn readme() {
    assert_eq!(shell::check_sessions(include_str!("../README.md")), 6);
}
