//! How many times as long as formevent a peer is to take.

/// The target of a case, and the peer that it is about; `None` is the best of all.
pub(super) struct Target {
    pub(super) ratio: f64,
    pub(super) peer: Option<&'static str>,
}

/// The most that a byte of the largest body may cost, to one of the smallest.
pub(super) const GROWTH: f64 = 1.3;

/// The least of the native speed that WebAssembly is to have.
pub(super) const WASM: f64 = 0.5;

pub(super) fn target(group: &str, case: &str, bytes: bool) -> Option<Target> {
    let ratios: &[(&str, f64)] = match (group, bytes) {
        ("raw", _) => {
            &[("tiny", 4.0), ("contact", 9.0), ("many", 10.0), ("long", 16.0), ("japanese", 15.0)]
        }
        ("decode", _) => {
            &[("tiny", 4.0), ("contact", 10.0), ("many", 12.0), ("long", 15.0), ("japanese", 8.0)]
        }
        ("event", _) => &[("raw", 6.0), ("decode", 8.0)],
        ("hostile", _) => return Some(Target { ratio: 1.0, peer: None }),
        ("js-raw" | "workerd-raw", false) => {
            &[("tiny", 1.0), ("contact", 2.5), ("many", 10.0), ("long", 4.0)]
        }
        ("js-decode" | "workerd-decode", false) => {
            &[("tiny", 1.3), ("contact", 6.0), ("many", 10.0), ("long", 12.0)]
        }
        ("js-raw" | "js-decode" | "workerd-raw" | "workerd-decode", true) => {
            &[("tiny", 2.0), ("contact", 6.0), ("many", 15.0), ("long", 12.0)]
        }
        _ => &[],
    };
    let peer = (group == "decode").then_some("form_urlencoded+map");
    let &(_, ratio) = ratios.iter().find(|(name, _)| *name == case)?;
    Some(Target { ratio, peer })
}
