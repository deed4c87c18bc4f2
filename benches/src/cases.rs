//! The cases: bodies, and the subjects that are timed with each.

use crate::bodies::{BODIES, KIB, body, mixed, repeated};
use crate::typed::{self, Typed};
use crate::{MEMCPY, Subject, event, multipart, subjects};

/// A body and the subjects that are timed with it.
pub struct Case {
    /// Its name within its group.
    pub name: String,
    /// The body.
    pub body: Vec<u8>,
    /// formevent first, then its peers.
    pub subjects: &'static [Subject],
    /// Those that are compared, if others are timed.
    compared: &'static [Subject],
}

impl Case {
    pub(crate) fn new(
        name: impl Into<String>,
        body: Vec<u8>,
        subjects: &'static [Subject],
    ) -> Case {
        Case { name: name.into(), body, subjects, compared: subjects }
    }

    fn typed(name: &str, body: Vec<u8>, typed: Typed) -> Case {
        Case { compared: typed.compared, ..Case::new(name, body, typed.timed) }
    }

    /// Compares the answers of all subjects.
    ///
    /// # Panics
    ///
    /// Panics if an answer differs from formevent's.
    pub fn check(&self) {
        let answer = |subject: &Subject| {
            let mut out = Vec::new();
            (subject.write)(&self.body, &mut out);
            out
        };
        let expected = answer(&self.compared[0]);
        for subject in self.compared.iter().filter(|subject| subject.name != MEMCPY) {
            assert!(answer(subject) == expected, "{}: {} differs", self.name, subject.name);
        }
    }
}

/// Makes the cases of a group one by one, with bodies of at most so many bytes.
type Cases = fn(usize) -> Box<dyn Iterator<Item = Case>>;

/// The groups by their names.
pub const GROUPS: [(&str, Cases); 7] = [
    ("raw", |_| Box::new(forms(subjects::RAW))),
    ("decode", |_| Box::new(forms(subjects::DECODE))),
    ("event", |_| Box::new(events())),
    ("typed", |_| Box::new(typed())),
    ("hostile", |_| Box::new(hostile())),
    ("multipart", |_| Box::new(multipart::cases())),
    ("growth", |most| Box::new(growth(most))),
];

/// Real forms, then the same mix of fields from short to long.
fn forms(subjects: &'static [Subject]) -> impl Iterator<Item = Case> {
    let named = BODIES.into_iter().map(move |name| Case::new(name, body(name), subjects));
    let ladder = (4..=16).step_by(2).map(|exponent| 1 << exponent);
    named.chain(ladder.map(move |size| Case::new(in_units(size), mixed(size), subjects)))
}

/// The template's event, then every other shape.
fn events() -> impl Iterator<Item = Case> {
    [("raw", event::RAW), ("decode", event::DECODE)]
        .into_iter()
        .chain(event::SHAPES)
        .map(|(name, subjects)| Case::new(name, body("contact"), subjects))
}

/// Forms as values of a type.
fn typed() -> impl Iterator<Item = Case> {
    let ampersands = repeated("", b"a&", 2 << 20);
    [
        Case::typed("struct", body("order"), typed::OWNED),
        Case::typed("struct-cow", body("order"), typed::BORROWED),
        Case::typed("struct-str", body("order-plain"), typed::PLAIN),
        Case::typed("pairs", body("order"), typed::PAIRS),
        Case::typed("lists", body("order"), typed::LISTS),
        Case::typed("hostile-pairs", ampersands.clone(), typed::PAIRS),
        Case::typed("hostile-lists", ampersands, typed::LISTS),
    ]
    .into_iter()
}

/// Bodies that would slow a slow path.
fn hostile() -> impl Iterator<Item = Case> {
    const BODIES: [(&str, &str, &[u8]); 8] = [
        ("quotes", "a=", b"\""),
        ("ampersands", "", b"&"),
        ("equals", "", b"="),
        ("controls", "a=", b"\x01"),
        ("many-equals", "", b"a=b=c&"),
        ("percents", "a=", b"%"),
        ("escaped-quotes", "a=", b"%22"),
        ("not-utf8", "a=", b"\xFF"),
    ];
    BODIES.into_iter().flat_map(|(name, start, unit)| {
        let body = repeated(start, unit, 64 * KIB);
        [
            Case::new(name, body.clone(), subjects::RAW),
            Case::new(format!("{name}-decoded"), body, subjects::DECODE_ANY),
        ]
    })
}

/// Ever longer bodies: the cost of a byte should stay the same.
fn growth(most: usize) -> impl Iterator<Item = Case> {
    let sizes = (10..=28).step_by(2).map(|exponent| 1 << exponent);
    sizes.take_while(move |&size| size <= most).flat_map(|size| {
        let (name, body) = (in_units(size), mixed(size));
        [
            Case::new(name.clone(), body.clone(), subjects::RAW_ALONE),
            Case::new(format!("{name}-decoded"), body, subjects::DECODE_ALONE),
        ]
    })
}

fn in_units(size: usize) -> String {
    if size < 1 << 10 {
        format!("{size}B")
    } else if size < 1 << 20 {
        format!("{}KiB", size >> 10)
    } else {
        format!("{}MiB", size >> 20)
    }
}
