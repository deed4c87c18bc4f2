//! The bodies: forms as browsers post them, from `data/`, and bodies built by a rule.

use std::fmt::Write;

/// The bodies of every group of plain forms.
pub(crate) const BODIES: [&str; 6] = ["tiny", "contact", "many", "long", "japanese", "letters"];

pub(crate) const KIB: usize = 1 << 10;

/// A body by its name.
pub(crate) fn body(name: &str) -> Vec<u8> {
    match name {
        "tiny" => b"a=1&b=2".to_vec(),
        "contact" => include_bytes!("../data/contact.txt").to_vec(),
        "many" => include_bytes!("../data/many.txt").to_vec(),
        "long" => include_bytes!("../data/long.txt").to_vec(),
        "japanese" => include_bytes!("../data/japanese.txt").to_vec(),
        "order" => include_bytes!("../data/order.txt").to_vec(),
        "order-plain" => include_bytes!("../data/order-plain.txt").to_vec(),
        "letters" => repeated("text=", b"abcdefghijklmnopqrstuvwxyz", 64 * KIB),
        _ => panic!("no body is called {name}"),
    }
}

/// `start`, then `unit` repeated, `size` bytes in all.
pub(crate) fn repeated(start: &str, unit: &[u8], size: usize) -> Vec<u8> {
    start.bytes().chain(unit.iter().copied().cycle()).take(size).collect()
}

/// Fields like those of a contact form, each with its own key, `size` bytes in all.
pub(crate) fn mixed(size: usize) -> Vec<u8> {
    const FIELDS: [(&str, &str); 8] = [
        ("name", "Ada+L."),
        ("email", "ada%40example.com"),
        ("phone", "%2B44+20+7946+0958"),
        ("company", ""),
        ("subject", "Delivery"),
        ("message", "Hello%2C+is+the+large+model+in+stock+again%3F+Please+call+me+back%21"),
        ("newsletter", "yes"),
        ("consent", "on"),
    ];
    let mut body = String::with_capacity(size + 100);
    for index in 0.. {
        let (name, value) = FIELDS[index % FIELDS.len()];
        let end = body.len();
        let separator = if index == 0 { "" } else { "&" };
        let _ = write!(body, "{separator}{name}{}={value}", index / FIELDS.len());
        if body.len() > size {
            body.truncate(end);
            break;
        }
    }
    // Pads the last value.
    let mut body = body.into_bytes();
    body.resize(size, b'x');
    body
}
