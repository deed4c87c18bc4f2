//! Parsing a shape, also at compile time: checks the JSON ([RFC 8259]), makes it compact, and finds the
//! holes.
//!
//! [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259

use crate::escape::escape;

/// A hole: a string of the document that begins with `$`. Each names the value to write in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    Pairs,
    Body,
    BodyBase64,
    IsBase64Encoded,
    Headers,
    MultiValueHeaders,
    CombinedHeaders,
    QueryStringParameters,
    MultiValueQueryStringParameters,
    CombinedQueryStringParameters,
    Stage,
    SourceIp,
    UserAgent,
    Method,
    Path,
    QueryString,
    RequestId,
    Time,
    TimeEpoch,
    Dropped,
    /// The extra member whose name ends the hole's text.
    Extra,
}

/// The prefix of a hole for an extra member.
pub(crate) const EXTRA: &str = "$extra.";

/// Every hole but the caller's.
pub(super) const HOLES: [(&str, Hole); 20] = [
    ("$pairs", Hole::Pairs),
    ("$body", Hole::Body),
    ("$bodyBase64", Hole::BodyBase64),
    ("$isBase64Encoded", Hole::IsBase64Encoded),
    ("$headers", Hole::Headers),
    ("$multiValueHeaders", Hole::MultiValueHeaders),
    ("$combinedHeaders", Hole::CombinedHeaders),
    ("$stage", Hole::Stage),
    ("$sourceIp", Hole::SourceIp),
    ("$userAgent", Hole::UserAgent),
    ("$method", Hole::Method),
    ("$path", Hole::Path),
    ("$queryString", Hole::QueryString),
    ("$queryStringParameters", Hole::QueryStringParameters),
    ("$multiValueQueryStringParameters", Hole::MultiValueQueryStringParameters),
    ("$combinedQueryStringParameters", Hole::CombinedQueryStringParameters),
    ("$requestId", Hole::RequestId),
    ("$time", Hole::Time),
    ("$timeEpoch", Hole::TimeEpoch),
    ("$dropped", Hole::Dropped),
];

/// A hole in the compact document: its text there, without the closing quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) begin: u32,
    pub(crate) end: u32,
    pub(crate) hole: Hole,
}

/// The content of a string in the compact document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) begin: u32,
    pub(crate) end: u32,
    /// Its offset in the text before it was made compact.
    pub(crate) offset: u32,
}

/// How much of the buffers a shape takes, and its facts.
#[derive(Clone, Copy)]
pub(super) struct Parsed {
    pub(super) json: usize,
    pub(super) slots: usize,
    pub(super) names: usize,
    pub(super) facts: Facts,
}

/// Lets an event skip work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Whether a hole is an extra member's.
    pub(crate) has_extra: bool,
    /// Whether JSON escapes anything in a string.
    pub(crate) has_escapes: bool,
}

/// A mistake in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is not JSON, which allows this here.
    Expected(&'static str),
    TooDeep,
    UnknownHole,
    HoleAsName,
}

/// How deep arrays and objects may nest: a bit for each level.
pub(super) const MAX_DEPTH: u32 = u64::BITS;

/// The parser's state: the tokens that may come next.
#[derive(Clone, Copy)]
enum Next {
    Value,
    FirstItem,
    FirstName,
    Name,
    CommaOrEnd,
}

/// Reads `text` and fills the buffers. The caller sizes them: `json` is as long as `text`, `slots` has
/// [`max_slots`], and `names` as many as `text` has `:`.
pub(super) struct Parser<'t, 'b> {
    text: &'t [u8],
    at: usize,
    json: &'b mut [u8],
    slots: &'b mut [Slot],
    /// The names of the outermost object.
    names: &'b mut [Span],
    parsed: Parsed,
    depth: u32,
    /// For each level, the lowest bit last, whether it is an object.
    objects: u64,
    /// The first mistake and its offset.
    problem: Option<(Problem, usize)>,
}

#[expect(clippy::cast_possible_truncation, reason = "the text is at most `u32::MAX` bytes long")]
impl<'t, 'b> Parser<'t, 'b> {
    pub(super) const fn new(
        text: &'t [u8],
        json: &'b mut [u8],
        slots: &'b mut [Slot],
        names: &'b mut [Span],
    ) -> Self {
        Parser {
            text,
            at: 0,
            json,
            slots,
            names,
            parsed: Parsed {
                json: 0,
                slots: 0,
                names: 0,
                facts: Facts { has_extra: false, has_escapes: false },
            },
            depth: 0,
            objects: 0,
            problem: None,
        }
    }

    /// Reads the whole text. Returns the first problem and its offset, if there is one.
    pub(super) const fn run(mut self) -> Result<Parsed, (Problem, usize)> {
        let mut next = Next::Value;
        loop {
            self.skip_space();
            if let (Next::CommaOrEnd, 0) = (next, self.depth) {
                if self.at < self.text.len() {
                    self.fail("the end");
                }
                break;
            }
            next = self.step(next);
            if self.problem.is_some() {
                break;
            }
        }
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(self.parsed),
        }
    }

    const fn step(&mut self, next: Next) -> Next {
        let byte = self.peek();
        match (next, byte) {
            (Next::FirstName, b'}') | (Next::FirstItem, b']') => self.close(),
            (Next::FirstName | Next::Name, b'"') => {
                self.string(true);
                self.skip_space();
                if self.problem.is_some() {
                    return Next::Value;
                }
                if self.peek() != b':' {
                    return self.fail("a colon");
                }
                self.copy();
                Next::Value
            }
            (Next::FirstName, _) => self.fail("a name in quotes, or }"),
            (Next::Name, _) => self.fail("a name in quotes"),
            (Next::CommaOrEnd, b',') => {
                self.copy();
                if self.in_object() { Next::Name } else { Next::Value }
            }
            (Next::CommaOrEnd, b'}') if self.in_object() => self.close(),
            (Next::CommaOrEnd, b']') if !self.in_object() => self.close(),
            (Next::CommaOrEnd, _) => {
                self.fail(if self.in_object() { "a comma, or }" } else { "a comma, or ]" })
            }
            (_, b'{') => self.open(true),
            (_, b'[') => self.open(false),
            (_, b'"') => self.string(false),
            (_, b't') => self.word(b"true"),
            (_, b'f') => self.word(b"false"),
            (_, b'n') => self.word(b"null"),
            (_, b'-' | b'0'..=b'9') => self.number(),
            (_, _) => self.fail("a JSON value"),
        }
    }

    const fn fail(&mut self, expected: &'static str) -> Next {
        if self.problem.is_none() {
            self.problem = Some((Problem::Expected(expected), self.at));
        }
        Next::CommaOrEnd
    }

    const fn open(&mut self, is_object: bool) -> Next {
        if self.depth == MAX_DEPTH {
            self.problem = Some((Problem::TooDeep, self.at));
            return Next::Value;
        }
        self.depth += 1;
        self.objects = self.objects << 1 | is_object as u64;
        self.copy();
        if is_object { Next::FirstName } else { Next::FirstItem }
    }

    const fn close(&mut self) -> Next {
        self.depth -= 1;
        self.objects >>= 1;
        self.copy();
        Next::CommaOrEnd
    }

    const fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    const fn word(&mut self, word: &[u8]) -> Next {
        if !starts_with(self.text, self.at, word) {
            return self.fail("a JSON value");
        }
        let end = self.at + word.len();
        while self.at < end {
            self.copy();
        }
        Next::CommaOrEnd
    }

    const fn number(&mut self) -> Next {
        if self.peek() == b'-' {
            self.copy();
        }
        if self.peek() == b'0' {
            self.copy();
        } else {
            self.digits();
        }
        if self.peek() == b'.' {
            self.copy();
            self.digits();
        }
        if let b'e' | b'E' = self.peek() {
            self.copy();
            if let b'+' | b'-' = self.peek() {
                self.copy();
            }
            self.digits();
        }
        Next::CommaOrEnd
    }

    /// One digit or more.
    const fn digits(&mut self) {
        if !self.peek().is_ascii_digit() {
            self.fail("a digit");
        }
        while self.peek().is_ascii_digit() {
            self.copy();
        }
    }

    /// A string, as `serde_json` escapes it. If it is a hole, notes that.
    const fn string(&mut self, is_name: bool) -> Next {
        let at = self.at;
        self.copy();
        let begin = self.parsed.json;
        while self.problem.is_none() {
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape_sequence(),
                0..0x20 => {
                    self.fail("a closing quote (a control character must be escaped)");
                }
                _ => self.copy(),
            }
        }
        if self.problem.is_some() {
            return Next::CommaOrEnd;
        }
        if self.json_at(begin) == b'$' {
            if self.json_at(begin + 1) == b'$' {
                self.unescape_dollar(begin);
            } else if let Some(hole) = self.hole(begin)
                && !is_name
            {
                let slot = Slot {
                    begin: (begin as u32).wrapping_sub(1),
                    end: self.parsed.json as u32,
                    hole,
                };
                self.parsed.facts.has_extra |= matches!(hole, Hole::Extra);
                put(self.slots, self.parsed.slots, slot);
                self.parsed.slots += 1;
                self.at += 1;
                return Next::CommaOrEnd;
            } else {
                let problem = if is_name { Problem::HoleAsName } else { Problem::UnknownHole };
                self.problem = Some((problem, at));
                return Next::CommaOrEnd;
            }
        }
        if is_name && self.depth == 1 {
            let (begin, end) = (begin as u32, self.parsed.json as u32);
            let span = Span { begin, end, offset: at as u32 };
            put(self.names, self.parsed.names, span);
            self.parsed.names += 1;
        }
        self.copy();
        Next::CommaOrEnd
    }

    /// The hole whose name was written from `begin` on.
    const fn hole(&self, begin: usize) -> Option<Hole> {
        let len = self.parsed.json - begin;
        let mut index = 0;
        while index < HOLES.len() {
            let (name, hole) = HOLES[index];
            if len == name.len() && starts_with(self.json, begin, name.as_bytes()) {
                return Some(hole);
            }
            index += 1;
        }
        if len == EXTRA.len() || !starts_with(self.json, begin, EXTRA.as_bytes()) {
            return None;
        }
        // Names of members that JSON escapes have no hole.
        let mut at = begin;
        while at < self.parsed.json {
            if self.json_at(at) == b'\\' {
                return None;
            }
            at += 1;
        }
        Some(Hole::Extra)
    }

    /// Removes the first `$` of `$$`.
    const fn unescape_dollar(&mut self, begin: usize) {
        let mut at = begin + 2;
        while at < self.parsed.json {
            put(self.json, at - 1, self.json_at(at));
            at += 1;
        }
        self.parsed.json -= 1;
    }

    const fn escape_sequence(&mut self) {
        self.parsed.facts.has_escapes = true;
        self.at += 1;
        let byte = self.peek();
        match byte {
            b'u' => {
                self.at += 1;
                let unit = self.code_unit();
                let char = match unit {
                    0xD800..0xDC00 if starts_with(self.text, self.at, b"\\u") => {
                        self.at += 2;
                        let low = self.code_unit();
                        if low >= 0xDC00 && low < 0xE000 {
                            0x1_0000 + ((unit - 0xD800) << 10 | (low - 0xDC00))
                        } else {
                            unit
                        }
                    }
                    _ => unit,
                };
                match char::from_u32(char) {
                    Some(char) => self.write_char(char),
                    None => {
                        self.fail("a pair of surrogates");
                    }
                }
            }
            b'/' => self.copy(),
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.write(b'\\');
                self.copy();
            }
            _ => {
                self.fail("one of \" \\ / b f n r t u");
            }
        }
    }

    /// Four hexadecimal digits.
    const fn code_unit(&mut self) -> u32 {
        let mut unit = 0;
        let end = self.at + 4;
        while self.at < end {
            let Some(digit) = (self.peek() as char).to_digit(16) else {
                self.fail("four hexadecimal digits");
                return unit;
            };
            unit = unit << 4 | digit;
            self.at += 1;
        }
        unit
    }

    const fn write_char(&mut self, char: char) {
        let code = char as u32;
        if char.is_ascii() {
            let (bytes, len) = escape(code as u8);
            let mut at = 0;
            while at < len && at < bytes.len() {
                self.write(bytes[at]);
                at += 1;
            }
            return;
        }
        // The first byte tells how many follow, each with six bits.
        let (first, following) = match code {
            0..0x800 => (0xC0, 1),
            0x800..0x1_0000 => (0xE0, 2),
            _ => (0xF0, 3),
        };
        self.write(first | (code >> (6 * following)) as u8);
        let mut left = following;
        while left > 0 {
            left -= 1;
            self.write(0x80 | (code >> (6 * left)) as u8 & 0x3F);
        }
    }

    const fn write(&mut self, byte: u8) {
        put(self.json, self.parsed.json, byte);
        self.parsed.json += 1;
    }

    /// Writes the next byte as it is.
    const fn copy(&mut self) {
        self.write(self.peek());
        self.at += 1;
    }

    /// The next byte, or at the end a 0, which is nowhere allowed.
    const fn peek(&self) -> u8 {
        if self.at < self.text.len() { self.text[self.at] } else { 0 }
    }

    const fn json_at(&self, at: usize) -> u8 {
        if at < self.parsed.json && at < self.json.len() { self.json[at] } else { 0 }
    }

    const fn skip_space(&mut self) {
        while let b' ' | b'\t' | b'\n' | b'\r' = self.peek() {
            self.at += 1;
        }
    }
}

const fn put<T: Copy>(items: &mut [T], at: usize, item: T) {
    if at < items.len() {
        items[at] = item;
    }
}

pub(super) const fn starts_with(text: &[u8], begin: usize, prefix: &[u8]) -> bool {
    let mut at = 0;
    while at < prefix.len() {
        if begin + at >= text.len() || text[begin + at] != prefix[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// No fewer than the holes of `text`: a dollar sign may be escaped.
pub(super) const fn max_slots(text: &[u8]) -> usize {
    count(text, b'$') + count(text, b'\\')
}

/// How often `byte` occurs in `text`.
pub(super) const fn count(text: &[u8], byte: u8) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        count += (text[at] == byte) as usize;
        at += 1;
    }
    count
}
