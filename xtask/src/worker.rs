//! The edge worker of `examples/edge-worker` as it would be deployed, alone and before the function
//! of `examples/lambda`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Run, files, lambda, node, root, site, wasm};

const EXAMPLE: &str = "examples/edge-worker";

/// What can be deployed: the worker alone, with a queue, and the one that empties the dead letters.
const CONFIGS: [&str; 3] = ["wrangler", "wrangler.durable", "wrangler.replay"];

/// `cargo xtask worker`: checks its types and bundles it, and prints the size.
pub(crate) fn run() -> Result<(), Error> {
    make().map(drop)
}

/// `cargo xtask demo`: worker and page, until it is interrupted.
pub(crate) struct Demo<'a> {
    port: &'a str,
    lambda: bool,
}

impl<'a> Demo<'a> {
    pub(crate) fn parse(arguments: &[&'a str]) -> Option<Demo<'a>> {
        let mut demo = Demo { port: "8787", lambda: false };
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            match argument {
                "--lambda" => demo.lambda = true,
                "--port" => {
                    demo.port = arguments.next().filter(|port| port.parse::<u16>().is_ok())?;
                }
                _ => return None,
            }
        }
        Some(demo)
    }

    pub(crate) fn run(self) -> Result<(), Error> {
        let bundles = make()?;
        let mut demo = node::node()?.words("tests/worker/demo.js").arg(self.port);
        if self.lambda {
            demo = demo.env("CARGO_LAMBDA", lambda::make()?);
        }
        demo.env("BUNDLES", bundles).instead()
    }
}

/// The tests of worker and function, for which package and page are there.
pub(crate) fn test() -> Result<(), Error> {
    // One after another: what they measure is time, too.
    tests("--test-concurrency=1 tests/worker/*.test.js", &bundle()?)?.now()
}

/// `cargo xtask soak`: the test of faults with more clients, for some time.
pub(crate) struct Soak {
    clients: u32,
    seconds: u32,
}

impl Soak {
    pub(crate) fn parse(arguments: &[&str]) -> Option<Soak> {
        let mut soak = Soak { clients: 200, seconds: 60 };
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            let number = match argument {
                "--clients" => &mut soak.clients,
                "--seconds" => &mut soak.seconds,
                _ => return None,
            };
            *number = arguments.next()?.parse().ok().filter(|&it| it > 0)?;
        }
        Some(soak)
    }

    pub(crate) fn run(self) -> Result<(), Error> {
        tests("tests/worker/faults.test.js", &make()?)?
            .env("CLIENTS", self.clients.to_string())
            .env("SECONDS", self.seconds.to_string())
            .env("FORMS", "Infinity")
            .now()
    }
}

/// Those that `words` name, with the bundles and the function.
fn tests(words: &str, bundles: &Path) -> Result<Run, Error> {
    let node = node::node()?.words("--test").words(words);
    Ok(node.env("CARGO_LAMBDA", lambda::make()?).env("BUNDLES", bundles))
}

/// `cargo xtask load`: the worker beside one that has `tests/worker/peer.js` for formevent.
pub(crate) fn load() -> Result<(), Error> {
    beside_the_peer("tests/worker/load.js")
}

/// `cargo xtask attack`: what it costs the two to be attacked.
pub(crate) fn attack() -> Result<(), Error> {
    beside_the_peer("tests/worker/attack.js")
}

fn beside_the_peer(script: &str) -> Result<(), Error> {
    let bundles = make()?;
    let peer = peer(&bundles)?;
    node::node()?.words(script).env("BUNDLES", bundles).env("PEER", peer).now()
}

/// The folder of the bundle without formevent.
fn peer(bundles: &Path) -> Result<PathBuf, Error> {
    let peer = bundles.join("peer");
    dry_run("tests/worker/peer", &peer)?.now()?;
    let script = |folder: &Path| fs::read(folder.join("index.js"));
    if script(&peer)? == script(&bundles.join(CONFIGS[0]))? {
        return Err("the worker and its peer are the same: wrangler ignores the alias".into());
    }
    Ok(peer)
}

/// The folder of the bundles, with all that they are made of.
fn make() -> Result<PathBuf, Error> {
    wasm::make()?;
    site::assemble()?;
    bundle()
}

fn bundle() -> Result<PathBuf, Error> {
    node::tool("tsc")?.arg("--project").arg(EXAMPLE).now()?;
    let folder = root().join("target/edge-worker");
    for config in CONFIGS {
        dry_run(&format!("{EXAMPLE}/{config}"), &folder.join(config))?.now()?;
    }
    Ok(folder)
}

/// A deployment by `config`.jsonc that ends with the bundle in `out`.
fn dry_run(config: &str, out: &Path) -> Result<Run, Error> {
    files::empty(out)?;
    let wrangler = node::tool("wrangler")?
        .words("deploy --dry-run --config")
        .arg(format!("{config}.jsonc"))
        .arg("--outdir")
        .arg(out);
    Ok(wrangler.env("WRANGLER_SEND_METRICS", "false").env("WRANGLER_HIDE_BANNER", "true"))
}
