//! Times the crate and its peers with criterion.

use std::env;

use criterion::{BenchmarkId, Criterion, Throughput};
use formevent_benches::GROUPS;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    // `cargo test` calls each subject once and should be quick.
    let timed = env::args().any(|argument| argument == "--bench");
    let most = env::var("GROWTH_MAX").ok().and_then(|most| most.parse().ok());
    let most = if timed { most.unwrap_or(256 << 20) } else { 64 << 10 };
    for (name, cases) in GROUPS {
        let mut group = criterion.benchmark_group(name);
        for case in cases(most) {
            case.check();
            group.throughput(Throughput::Bytes(case.body.len() as u64));
            for subject in case.subjects {
                let id = BenchmarkId::new(subject.name, &case.name);
                let mut out = Vec::new();
                group.bench_with_input(id, &case.body, |bencher, body| {
                    bencher.iter(|| {
                        out.clear();
                        (subject.write)(body, &mut out);
                    });
                });
            }
        }
        group.finish();
    }
    criterion.final_summary();
}
