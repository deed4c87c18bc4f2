//! `cargo xtask wasm`: the module and the JavaScript of the npm package, into `pkg/dist`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use wasm_bindgen_cli_support::Bindgen;

use crate::{Error, Run, apt, files, node, root};

const TARGET: &str = "wasm32-unknown-unknown";

/// The most that may be loaded, in bytes after gzip.
const WASM_BUDGET: usize = 21_000;
const INLINED_BUDGET: usize = 28_500;
const JS_BUDGET: usize = 5_500;

/// Jest's environment jsdom, for which the `CommonJS` file is taken, lacks these two.
const ENCODING: &str = "--banner:js=const{TextEncoder,TextDecoder}=\
                        globalThis.TextEncoder?globalThis:process.getBuiltinModule('util');";

/// `cargo xtask wasm`: builds it, prints the sizes and fails past the budget.
pub(crate) fn run() -> Result<(), Error> {
    make()?;
    sizes()
}

/// Builds it.
pub(crate) fn make() -> Result<(), Error> {
    node::install()?;
    let module = build()?;
    let dist = root().join("pkg/dist");
    let work = root().join("target/wasm-bindgen");
    files::empty(&dist)?;
    files::empty(&work)?;

    eprintln!("\nwasm-bindgen: the exports of {} and their types", module.display());
    Bindgen::new().input_path(&module).bundler(true)?.typescript(true).generate(&work)?;
    node::tool("wasm-opt")?
        .words("-Oz --converge --strip-debug --strip-producers --strip-target-features")
        .words("--enable-simd --enable-bulk-memory --enable-sign-ext --enable-mutable-globals")
        .words("--enable-nontrapping-float-to-int --enable-multivalue --enable-reference-types")
        .arg(work.join("formevent_wasm_bg.wasm"))
        .arg("-o")
        .arg(dist.join("formevent.wasm"))
        .now()?;
    let bytes = format!("--alias:#module={}", dist.join("formevent.wasm").display());
    // It decodes its text wherever it runs.
    let module = "pkg/ts/module.ts --loader:.wasm=binary --platform=neutral";
    for (file, how) in [
        ("core.js", "pkg/ts/index.ts --format=esm"),
        ("core.cjs", &format!("pkg/ts/index.ts --format=cjs {ENCODING}")),
        ("module.js", &format!("{module} --format=esm")),
        ("module.cjs", &format!("{module} --format=cjs")),
    ] {
        node::tool("esbuild")?
            .words(how)
            .words("--bundle --minify --target=es2022 --log-level=warning")
            .arg(format!("--outfile=pkg/dist/{file}"))
            .arg(&bytes)
            .now()?;
    }
    types(&dist.join("types"))
}

/// Emits the types, each a second time for those who `require`: TypeScript wants them under names of
/// their own.
fn types(folder: &Path) -> Result<(), Error> {
    node::tool("tsc")?.words("--project pkg").now()?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let types = fs::read_to_string(&path)?.replace(".js\";", ".cjs\";");
        fs::write(path.with_extension("").with_extension("d.cts"), types)?;
    }
    Ok(())
}

/// Packs the npm package as it would be published: the tarball.
pub(crate) fn pack() -> Result<PathBuf, Error> {
    run()?;
    let packed = root().join("target/npm");
    let package = packed.join("package");
    files::empty(&package)?;
    files::copy_package(&package)?;
    for file in ["pkg/package.json", "pkg/README.md"].into_iter().chain([
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ]) {
        let from = root().join(file);
        fs::copy(&from, package.join(from.file_name().unwrap_or_default()))?;
    }
    let tarball = packed.join("formevent.tgz");
    Run::new("npm")
        .words("pack --loglevel=error --pack-destination")
        .arg(&packed)
        .arg(&package)
        .now()?;
    fs::rename(packed.join(format!("formevent-{}.tgz", env!("CARGO_PKG_VERSION"))), &tarball)?;
    Ok(tarball)
}

/// Prints what is loaded and fails past the budget.
fn sizes() -> Result<(), Error> {
    println!("\n{:24} {:>10} {:>10} {:>10}", "bytes", "raw", "gzipped", "budget");
    let mut over = Vec::new();
    let files = [
        ("the module", vec!["dist/formevent.wasm"], WASM_BUDGET),
        ("the module in a script", vec!["dist/module.js"], INLINED_BUDGET),
        ("JavaScript, browser", vec!["dist/core.js", "entries/browser.js"], JS_BUDGET),
        ("JavaScript, workerd", vec!["dist/core.js", "entries/workerd.js"], JS_BUDGET),
        ("JavaScript, edge-light", vec!["dist/core.js", "entries/edge-light.js"], JS_BUDGET),
        ("JavaScript, inline", vec!["dist/core.js", "entries/inline.js"], JS_BUDGET),
        ("JavaScript, required", vec!["dist/core.cjs", "entries/inline.cjs"], JS_BUDGET),
    ];
    for (title, files, budget) in files {
        // Together, as a bundler leaves them.
        let mut script = Vec::new();
        for file in files {
            script.extend(fs::read(root().join("pkg").join(file))?);
        }
        let raw = script.len();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&script)?;
        let gzipped = gzip.finish()?.len();
        println!("{title:24} {raw:>10} {gzipped:>10} {budget:>10}");
        if gzipped > budget {
            over.push(format!("{title} has {gzipped} bytes gzipped, {budget} are allowed"));
        }
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("; ").into()) }
}

/// Compiles the module.
fn build() -> Result<PathBuf, Error> {
    let mut cargo = Run::new("cargo")
        .words("build --locked -p formevent-wasm --profile wasm --target")
        .arg(TARGET)
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?);
    let mut target = root().join("target");
    if !add_target()? {
        // A target folder of its own, so that two compilers do not rebuild each other's work.
        target = target.join("wasm-debian");
        cargo = cargo
            .words("-Zbuild-std=core,alloc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", DEBIAN_RUSTC)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", debian()?);
    }
    cargo.env("CARGO_TARGET_DIR", &target).now()?;
    Ok(target.join(TARGET).join("wasm/formevent_wasm.wasm"))
}

/// SIMD, and in the places of code that panics name no folder of this machine. In the form that
/// wins over a RUSTFLAGS of the caller's and may hold spaces.
fn flags() -> Result<String, Error> {
    let home = env::var("CARGO_HOME").or_else(|_| env::var("HOME").map(|home| home + "/.cargo"));
    let home = home.map_err(|_| "neither CARGO_HOME nor HOME is set")?;
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    // Nothing recurses: the suite passes with 2 KiB. Each stream has a memory of its own, of which the
    // usual stack would be three quarters.
    flags.push("-Clink-arg=-zstack-size=32768".to_owned());
    flags.push(format!("--remap-path-prefix={home}=/cargo"));
    // Nor where packages were fetched from. Of several that fit, the last counts.
    for registry in fs::read_dir(format!("{home}/registry/src")).into_iter().flatten() {
        flags.push(format!("--remap-path-prefix={}=/cargo/registry", registry?.path().display()));
    }
    Ok(flags.join("\x1f"))
}

fn sysroot() -> Result<PathBuf, Error> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.map_err(|error| format!("rustc: {error}"))?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim_end()))
}

/// Whether this compiler has the target, once it has been tried to add it.
pub(crate) fn add_target() -> Result<bool, Error> {
    if sysroot()?.join("lib/rustlib").join(TARGET).exists() {
        return Ok(true);
    }
    eprintln!("\nThis compiler has no target {TARGET} yet.");
    Ok(Run::new("rustup").words("target add").arg(TARGET).now().is_ok())
}

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Installs Debian's compiler with the sources of its standard library, which cargo can build for
/// any target: the linker for it.
fn debian() -> Result<PathBuf, Error> {
    eprintln!("\nrustup cannot add it: Debian's compiler and its library's sources have to do.");
    if !Path::new("/usr/lib/rustlib/src/rust/library").exists() {
        apt::install("rustc-web rust-web-src")?;
    }
    let own = sysroot()?.join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    if own.exists() {
        return Ok(own);
    }
    let linker = PathBuf::from("/usr/bin/wasm-ld-22");
    if !linker.exists() {
        apt::install("lld-22")?;
    }
    Ok(linker)
}
