//! Forms as types: the tables of `docs/src/typed.md`, and what they leave out.

mod errors;
#[path = "../oracle/mod.rs"]
mod oracle;
mod peers;
mod properties;
mod tables;
