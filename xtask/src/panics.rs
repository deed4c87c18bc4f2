//! That no public function of the crate can panic, as the compiler sees it: see `tests/no_panic`.

use std::fs;

use crate::{Error, Run, root, wasm};

/// The import that a panic would call, as a module of WebAssembly has it: the lengths of both names
/// before them.
const IMPORT: &[u8] = b"\x03env\x08panicked";

pub(crate) fn check() -> Result<(), Error> {
    if !wasm::add_target()? {
        println!("\nWhether anything can panic was NOT looked at: that takes rustup's target.");
        return Ok(());
    }
    for (features, flags, panics) in [
        ("", "", false),
        ("", "-Ctarget-feature=+simd128", false),
        // The check itself.
        ("panics", "", true),
    ] {
        Run::new("cargo")
            .words("build --locked --release --manifest-path tests/no_panic/Cargo.toml")
            .words("--target wasm32-unknown-unknown --target-dir target/no_panic --features")
            .arg(features)
            .env("CARGO_ENCODED_RUSTFLAGS", flags)
            // For the handler of allocations that fail: its default is a panic.
            .env("RUSTC_BOOTSTRAP", "1")
            .now()?;
        let module = root().join("target/no_panic/wasm32-unknown-unknown/release/no_panic.wasm");
        let module = fs::read(module)?;
        if module.windows(IMPORT.len()).any(|bytes| bytes == IMPORT) != panics {
            let found = if panics { "finds no panic where there is one" } else { "can panic" };
            return Err(format!("tests/no_panic {found} (features `{features}`, {flags})").into());
        }
    }
    Ok(())
}
