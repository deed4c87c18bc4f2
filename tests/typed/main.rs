//! Forms as types: the tables of `docs/src/typed.md`, random forms, and errors.

mod errors;
#[path = "../oracle/mod.rs"]
mod oracle;
mod peers;
mod properties;
mod tables;
