//! The timings for people: how many times as long the peers take, and what was missed.

use super::Timing;
use super::module::Speed;
use super::targets::{GROWTH, WASM, target};

const BYTES: &str = "-bytes";

/// The timings of formevent and of those that did the same.
struct Row<'a> {
    ours: &'a Timing,
    peers: Vec<&'a Timing>,
}

impl<'a> Row<'a> {
    fn all(timings: &'a [Timing]) -> Vec<Row<'a>> {
        let ours = timings.iter().filter(|timing| name(timing) == "formevent");
        ours.map(|ours| {
            let same = |timing: &&Timing| {
                (&timing.group, &timing.case) == (&ours.group, &ours.case)
                    && bytes(timing) == bytes(ours)
                    && timing.subject != ours.subject
            };
            Row { ours, peers: timings.iter().filter(same).collect() }
        })
        .collect()
    }

    /// How many times as long as formevent `peer` takes, or the best of all peers.
    fn ratio(&self, peer: Option<&str>) -> Option<f64> {
        let peers = self.peers.iter().filter(|timing| match peer {
            Some(peer) => name(timing) == peer,
            None => timing.subject != "memcpy",
        });
        peers.map(|timing| timing.ns / self.ours.ns).min_by(f64::total_cmp)
    }
}

fn bytes(timing: &Timing) -> bool {
    timing.subject.ends_with(BYTES)
}

/// The subject, whatever it takes.
fn name(timing: &Timing) -> &str {
    timing.subject.trim_end_matches(BYTES)
}

pub(super) fn print(timings: &[Timing], speeds: &[Speed]) {
    let rows = Row::all(timings);
    let mut missed = Vec::new();
    let mut sections: Vec<(&str, bool)> = Vec::new();
    for row in &rows {
        let section = (row.ours.group.as_str(), bytes(row.ours));
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    println!("\nThe peers' columns tell how many times as long they take; `!` where that is less.");
    for section in sections {
        let of_section = |row: &&Row<'_>| (row.ours.group.as_str(), bytes(row.ours)) == section;
        print_section(section, &rows.iter().filter(of_section).collect::<Vec<_>>(), &mut missed);
    }
    print_growth(&rows, &mut missed);
    print_module(speeds, &mut missed);
    if !missed.is_empty() {
        println!("\nMissed:");
        for missed in missed {
            println!("  {missed}");
        }
    }
}

fn print_section((group, bytes): (&str, bool), rows: &[&Row<'_>], missed: &mut Vec<String>) {
    let title = format!("{group}{}", if bytes { ", bytes" } else { "" });
    let mut peers: Vec<&str> = Vec::new();
    for peer in rows.iter().flat_map(|row| &row.peers) {
        if !peers.contains(&name(peer)) {
            peers.push(name(peer));
        }
    }
    print!("\n{title:24} {:>12} {:>6}", "formevent", "GB/s");
    for peer in &peers {
        print!("  {peer:>8}");
    }
    println!("  target");
    for row in rows {
        let Timing { case, ns, bytes: length, .. } = row.ours;
        print!("{case:24} {:>12} {:6.2}", time(*ns), f64::from(*length) / ns);
        for peer in &peers {
            let ratio = row.ratio(Some(peer)).map_or("-".to_owned(), |ratio| match *peer {
                "memcpy" => format!("{ratio:.4}"),
                _ if ratio < 1.0 => format!("{ratio:.2}!"),
                _ => format!("{ratio:.2}"),
            });
            print!("  {ratio:>width$}", width = peer.len().max(8));
        }
        if let Some(target) = target(group, case, bytes) {
            let ratio = row.ratio(target.peer).unwrap_or_default();
            let met = ratio >= target.ratio;
            let peer = target.peer.map(|peer| format!(" ({peer})")).unwrap_or_default();
            print!("  {}{peer}: {}", target.ratio, if met { "met" } else { "missed" });
            if !met {
                missed.push(format!("{title} {case}: {ratio:.2}, not {}", target.ratio));
            }
        }
        println!();
    }
}

/// The dearest byte to the cheapest, over all sizes.
fn print_growth(rows: &[Row<'_>], missed: &mut Vec<String>) {
    for (title, decoded) in [("raw", false), ("decoded", true)] {
        let rows = rows.iter().filter(|row| row.ours.group == "growth");
        let rows = rows.filter(|row| row.ours.case.ends_with("-decoded") == decoded);
        let costs = rows.map(|row| row.ours.ns / f64::from(row.ours.bytes));
        let least = costs.clone().min_by(f64::total_cmp);
        let most = costs.max_by(f64::total_cmp);
        let (Some(least), Some(most)) = (least, most) else { continue };
        let line = format!(
            "growth, {title}: {least:.2} to {most:.2} ns/byte, {:.2} times, {GROWTH} at most",
            most / least
        );
        println!("\n{line}");
        if most / least > GROWTH {
            missed.push(line);
        }
    }
}

/// The speed of the module beside the crate's.
fn print_module(speeds: &[Speed], missed: &mut Vec<String>) {
    for Speed { rules, baseline, module } in speeds {
        let ratio = baseline / module;
        let line = format!(
            "wasm, {rules}, long: {} in the module, {ratio:.2} of the crate's speed with the SIMD of \
             every such machine ({}), {WASM} at least",
            time(*module),
            time(*baseline),
        );
        println!("\n{line}");
        if ratio < WASM {
            missed.push(line);
        }
    }
}

fn time(ns: f64) -> String {
    match ns {
        ..1e4 => format!("{ns:.1} ns"),
        ..1e7 => format!("{:.1} µs", ns / 1e3),
        _ => format!("{:.1} ms", ns / 1e6),
    }
}
