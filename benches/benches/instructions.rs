//! Runs small bodies once under callgrind, which counts instructions in `counted`. Prints a line for each.

use std::hint::black_box;

use formevent_benches::{GROUPS, MEMCPY, Subject};

#[inline(never)]
fn counted(subject: Subject, body: &[u8], out: &mut Vec<u8>) {
    (subject.write)(black_box(body), black_box(out));
}

fn main() {
    for (group, cases) in GROUPS.into_iter().filter(|(group, _)| *group != "hostile") {
        for case in cases(0).filter(|case| case.body.len() < 256) {
            for subject in case.subjects.iter().filter(|subject| subject.name != MEMCPY) {
                let mut out = Vec::new();
                (subject.write)(&case.body, &mut out);
                out.clear();
                counted(*subject, &case.body, &mut out);
                println!("{group}\t{}\t{}", case.name, subject.name);
            }
        }
    }
}
