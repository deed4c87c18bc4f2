//! Forms as types: the tables of `docs/src/typed.md`, and what they leave out.

mod tables;
