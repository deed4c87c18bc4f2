//! `cargo xtask growth`: times large bodies, to see that the cost grows with their size, whatever the
//! keys are.

use std::time::{Duration, Instant};

use formevent::{Duplicates, Options};

const MIB: usize = 1 << 20;
const SIZES: [usize; 4] = [8 * MIB, 16 * MIB, 32 * MIB, 64 * MIB];

/// Makes pair number `index` of a body.
type Pair = fn(usize) -> String;

const BODIES: [(&str, Pair); 6] = [
    ("one key, a=1&a=1&…", |_| "a=1".to_owned()),
    ("1,000 keys", |index| format!("field{}=1", index % 1_000)),
    ("distinct keys", |index| format!("{:x}=1", spread(index))),
    ("distinct keys of 210 bytes", |index| format!("{:0>210}=1", spread(index))),
    ("distinct keys of 210 bytes and one hash", |index| format!("{}=1", collide(index))),
    ("distinct keys of one hash in String.hashCode of Java", |index| {
        (0..24).map(|bit| if index >> bit & 1 == 0 { "Aa" } else { "BB" }).collect::<String>()
            + "=1"
    }),
];

/// Maps indices to distinct numbers in no order.
fn spread(index: usize) -> u32 {
    u32::try_from(index % (1 << 32)).unwrap_or_default().wrapping_mul(0x9E37_79B1)
}

/// Writes `index` in 21 blocks of 10 bytes, one of two for each bit. Both lead to the same FNV-1a hash, by
/// which the crate sorts.
fn collide(index: usize) -> String {
    let blocks = include_str!("../../tests/vectors/fnv-1a-collisions.txt").lines();
    let block = |(bit, line): (usize, &'static str)| line.split('\t').nth(index >> bit & 1);
    blocks.enumerate().filter_map(block).collect()
}

/// At least `size` bytes of pairs.
fn body(size: usize, pair: Pair) -> String {
    let mut body = String::with_capacity(size + 200);
    for index in 0.. {
        if body.len() >= size {
            break;
        }
        body.push_str(&pair(index));
        body.push('&');
    }
    body
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::new().duplicates(Duplicates::Group);
    println!("duplicates: group; the ratio is to the row above, whose body is half as long\n");
    for (title, pair) in BODIES {
        println!("{title}");
        let mut before: Option<Duration> = None;
        for size in SIZES {
            let body = body(size, pair);
            let start = Instant::now();
            let json = options.to_string(body.as_bytes())?;
            let time = start.elapsed();
            let bytes = u32::try_from(body.len())?;
            let ratio = before.map_or(String::new(), |before| {
                format!("{:5.2}x", time.as_secs_f64() / before.as_secs_f64())
            });
            println!(
                "  {:3} MiB in, {:3} MiB out: {:6.0} ms, {:6.2} ns/byte {ratio}",
                size / MIB,
                json.len() / MIB,
                time.as_secs_f64() * 1e3,
                time.as_secs_f64() * 1e9 / f64::from(bytes),
            );
            before = Some(time);
        }
    }
    Ok(())
}
