//! The npm package: the module by cargo, the rest by the scripts of `package.json`.

use std::env;
use std::fs;

use crate::{Error, Run, root, tool};

const MODULE: &str = "target/wasm32-unknown-unknown/wasm/formevent_wasm.wasm";

/// `cargo xtask wasm`: builds `pkg/dist`, prints the sizes and fails if one exceeds its budget.
pub(crate) fn run() -> Result<(), Error> {
    make()?;
    tool::script("size").now()
}

/// Builds it.
pub(crate) fn make() -> Result<(), Error> {
    tool::npm()?;
    target()?;
    Run::new("cargo")
        .words("build --locked -p formevent-wasm --profile wasm --target wasm32-unknown-unknown")
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?)
        .now()?;
    bindgen(MODULE, "target/wasm-bindgen")?;
    tool::script("build").now()
}

/// Writes what wasm-bindgen makes of `module` into `folder`.
fn bindgen(module: &str, folder: &str) -> Result<(), Error> {
    Run::new("cargo")
        // In a folder of its own, so that it waits for no other build.
        .words("run --locked -p formevent-bindgen --target-dir target/bindgen --")
        .words(module)
        .words(folder)
        .now()
}

/// `cargo xtask pack`: packs the npm package as you would publish it.
pub(crate) fn pack() -> Result<(), Error> {
    run()?;
    tool::script("tarball").now()
}

/// Adds the compiler's target.
pub(crate) fn target() -> Result<(), Error> {
    add_target("wasm32-unknown-unknown")
}

fn add_target(target: &str) -> Result<(), Error> {
    Run::new("rustup").words("target add").arg(target).now()
}

/// `cargo xtask wasi`: runs the crate's tests in WebAssembly, in Node's WASI, with SIMD and without. Left out
/// are those that need memory which cannot be read (`bounds`) or count the bytes of 64-bit pointers
/// (`allocation`), the slow ones about attacks and a lack of memory, and those of features that need more crates.
pub(crate) fn wasi() -> Result<(), Error> {
    const SIMD: &str = "--lib --test vectors";
    const OTHERS: &str =
        "--test errors --test multipart --test properties --test shapes --test stream --test typed";

    add_target("wasm32-wasip1")?;
    let test = |tests: &str| {
        Run::new("cargo")
            .words("test --locked -p formevent --features multipart")
            .words("--target wasm32-wasip1 --config profile.dev.debug=false")
            .words(tests)
            // A panic ends the program, which would lose the message.
            .words("-- --nocapture")
            .env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+simd128\x1f-Dwarnings")
            .env(
                "CARGO_TARGET_WASM32_WASIP1_RUNNER",
                "node --disable-warning=ExperimentalWarning tests/wasi.js",
            )
    };
    test(&format!("{SIMD} {OTHERS}")).now()?;
    // Not by other flags, which would also rebuild all dependencies.
    test(SIMD).env("RUSTC_WORKSPACE_WRAPPER", root().join("tests/no_simd128.sh")).now()
}

/// Part of `cargo xtask examples`: builds the examples in Rust for the edge, and posts forms to them.
pub(crate) fn edge() -> Result<(), Error> {
    tool::npm()?;
    for (example, target) in
        [("workers-rs", "wasm32-unknown-unknown"), ("wasi-http", "wasm32-wasip2")]
    {
        add_target(target)?;
        Run::new("cargo")
            // The optimizations would take most of the time.
            .words("build --locked --target-dir target/edge --config profile.dev.debug=false")
            .arg(format!("--config=examples/{example}/.cargo/config.toml"))
            .arg(format!("--manifest-path=examples/{example}/Cargo.toml"))
            .arg(format!("--target={target}"))
            .now()?;
    }
    bindgen("target/edge/wasm32-unknown-unknown/debug/form_worker.wasm", "target/edge/worker")?;
    tool::script("test:edge").now()
}

/// Flags for SIMD, and for panic messages without folders of this machine. Encoded, so that they win over
/// your RUSTFLAGS and may contain spaces.
fn flags() -> Result<String, Error> {
    let home = env::var("CARGO_HOME").or_else(|_| env::var("HOME").map(|home| home + "/.cargo"));
    let home = home.map_err(|_| "neither CARGO_HOME nor HOME is set")?;
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    // Nothing recurses: the suite passes with 2 KiB. Each stream has a memory of its own, of which the
    // usual stack would be three quarters.
    flags.push("-Clink-arg=-zstack-size=32768".to_owned());
    flags.push(format!("--remap-path-prefix={home}=/cargo"));
    // Nor the registry. Of several prefixes that fit, the last counts.
    for registry in fs::read_dir(format!("{home}/registry/src")).into_iter().flatten() {
        flags.push(format!("--remap-path-prefix={}=/cargo/registry", registry?.path().display()));
    }
    Ok(flags.join("\x1f"))
}

/// Checks that no public function of the crate can panic, as the compiler sees it: see `tests/no_panic`.
pub(crate) fn cannot_panic() -> Result<(), Error> {
    // The import that a panic would call: its two names, each after its length.
    const IMPORT: &[u8] = b"\x03env\x08panicked";

    target()?;
    let cases = [
        ("", "-Dwarnings", false),
        ("", "-Dwarnings\x1f-Ctarget-feature=+simd128", false),
        // Checks the check.
        ("panics", "", true),
    ];
    for (features, flags, panics) in cases {
        Run::new("cargo")
            .words("build --locked --release --manifest-path tests/no_panic/Cargo.toml")
            .words("--target wasm32-unknown-unknown --target-dir target/no_panic --features")
            .arg(features)
            .env("CARGO_ENCODED_RUSTFLAGS", flags)
            // For the handler of allocations that fail: its default is a panic.
            .env("RUSTC_BOOTSTRAP", "1")
            .now()?;
        let module = "target/no_panic/wasm32-unknown-unknown/release/no_panic.wasm";
        let module = fs::read(root().join(module))?;
        if module.windows(IMPORT.len()).any(|bytes| bytes == IMPORT) != panics {
            let found = if panics { "finds no panic where there is one" } else { "can panic" };
            return Err(format!("tests/no_panic {found} (features `{features}`, {flags})").into());
        }
    }
    Ok(())
}
