//! `random TARGET SECONDS` checks random cases on every core and prints how many. Without libFuzzer's
//! instrumentation this is many times as fast.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, process, thread};

use formevent_fuzz::numbers::Numbers;
use formevent_fuzz::{check, mutate};

/// The longest input.
const MAX: usize = 8_192;

static REPORT: Mutex<()> = Mutex::new(());

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [target, seconds] = arguments.as_slice() else { panic!("usage: random TARGET SECONDS") };
    let check = match target.as_str() {
        "object" => check::object,
        "event" => check::event,
        "shape" => check::shape,
        "stream" => check::stream,
        "standard" => check::standard,
        "scanners" => check::scanners,
        "typed" => check::typed,
        "multipart" => check::multipart,
        _ => panic!("there is no target {target}"),
    };
    let end = Instant::now() + Duration::from_secs(seconds.parse().expect("a number of seconds"));
    let seed =
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let executions = AtomicU64::new(0);
    thread::scope(|scope| {
        for core in 0..cores {
            let executions = &executions;
            scope.spawn(move || {
                let mut numbers = Numbers::new(seed ^ core << 48);
                let mut input = Vec::new();
                while Instant::now() < end {
                    mutate::mutate(&mut input, MAX, &mut numbers, overwrite);
                    let count = executions.fetch_add(1, Ordering::Relaxed) + 1;
                    if catch_unwind(AssertUnwindSafe(|| check(&input))).is_err() {
                        // Another thread may find the same fault: report one.
                        let _alone = REPORT.lock();
                        let path = format!("fuzz/artifacts/{target}/random-{seed}");
                        fs::create_dir_all(format!("fuzz/artifacts/{target}")).unwrap();
                        fs::write(&path, &input).unwrap();
                        // One write, so that another thread's panic cannot split the line.
                        let report = format!("found after {count} executions: {path}\n");
                        io::stderr().write_all(report.as_bytes()).unwrap();
                        process::exit(1);
                    }
                }
            });
        }
    });
    println!("{}", executions.into_inner());
}

/// Copies one part of the body over another.
fn overwrite(numbers: &mut Numbers, body: &mut Vec<u8>, _: usize) {
    let part = numbers.part(body).to_vec();
    let at = numbers.below(body.len() - part.len() + 1);
    body[at..at + part.len()].copy_from_slice(&part);
}
