//! A model of formevent: the same rules, written plainly. Shares no code with the crate.

use std::borrow::Cow;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    Template,
    Whatwg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    Keep,
    First,
    Last,
    Group,
    Arrays,
}

/// A limit of `usize::MAX` is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub rules: Rules,
    pub decode: bool,
    pub duplicates: Duplicates,
    pub strict: bool,
    pub max_bytes: usize,
    pub max_pairs: usize,
    pub max_output: usize,
    pub max_held: usize,
}

impl Options {
    /// Returns the same options without limits or strict UTF-8, so that nothing fails.
    pub fn lenient(self) -> Options {
        let max = usize::MAX;
        Options {
            strict: false,
            max_bytes: max,
            max_pairs: max,
            max_output: max,
            max_held: max,
            ..self
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    TooManyBytes { max: usize },
    TooManyPairs { max: usize, offset: usize },
    TooMuchOutput { max: usize, offset: usize },
    InvalidUtf8 { input: String, offset: usize },
    MemberExists { name: String },
    TooMuchHeld { max: usize, offset: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'b> {
    pub key: &'b [u8],
    pub value: &'b [u8],
    pub offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped<'b> {
    pub text: &'b [u8],
    pub offset: usize,
    pub reason: &'static str,
}

/// Splits at each `&`; each segment has its offset.
fn segments(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = 0;
    body.split(|&byte| byte == b'&').map(move |segment| {
        let offset = next;
        next += segment.len() + 1;
        (offset, segment)
    })
}

pub fn split(body: &[u8], rules: Rules) -> (Vec<Pair<'_>>, Vec<Dropped<'_>>) {
    let (mut pairs, mut dropped) = (Vec::new(), Vec::new());
    for (offset, text) in segments(body).filter(|(_, text)| !text.is_empty()) {
        let equals = text.iter().filter(|&&byte| byte == b'=').count();
        let first = text.iter().position(|&byte| byte == b'=');
        let key = &text[..first.unwrap_or(text.len())];
        let value = first.map_or(&[][..], |first| &text[first + 1..]);
        let reason = match equals {
            _ if rules == Rules::Whatwg => None,
            0 => Some("no-equals"),
            1 => key.is_empty().then_some("empty-key"),
            _ => Some("many-equals"),
        };
        match reason {
            None => pairs.push(Pair { key, value, offset }),
            Some(reason) => dropped.push(Dropped { text, offset, reason }),
        }
    }
    (pairs, dropped)
}

/// Decodes the `%XX` at the start of `raw`.
fn percent(raw: &[u8]) -> Option<u8> {
    let &[b'%', high, low, ..] = raw else { return None };
    let digit = |byte| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// Percent-decodes `raw`: each byte comes with the length of its source, 3 for a `%XX`.
fn spelled(mut raw: &[u8], decode: bool) -> impl Iterator<Item = (u8, usize)> {
    std::iter::from_fn(move || {
        let (&first, rest) = raw.split_first()?;
        let (byte, len) = match percent(raw) {
            Some(byte) if decode => (byte, 3),
            _ if decode && first == b'+' => (b' ', 1),
            _ => (first, 1),
        };
        raw = &rest[len - 1..];
        Some((byte, len))
    })
}

fn decoded(raw: &[u8], decode: bool) -> Cow<'_, [u8]> {
    if decode { spelled(raw, decode).map(|(byte, _)| byte).collect() } else { raw.into() }
}

/// Decodes `raw` to text. Strict UTF-8 fails with the text before the first bad byte and that
/// byte's offset in `raw`.
fn text<'b>(raw: &'b [u8], options: &Options) -> Result<Cow<'b, str>, usize> {
    let bytes = decoded(raw, options.decode);
    match std::str::from_utf8(&bytes) {
        Err(error) if options.strict => {
            let good = error.valid_up_to();
            Err(spelled(raw, options.decode).take(good).map(|(_, len)| len).sum())
        }
        _ => Ok(match bytes {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        }),
    }
}

pub fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The JSON so far, and the limit on its length.
struct Json {
    text: String,
    max: usize,
    /// Offset of the current pair, for the error.
    at: usize,
}

impl Json {
    fn new(options: &Options) -> Json {
        Json { text: String::new(), max: options.max_output, at: 0 }
    }

    fn check(&self) -> Result<(), Error> {
        if self.text.len() > self.max {
            return Err(Error::TooMuchOutput { max: self.max, offset: self.at });
        }
        Ok(())
    }

    /// Appends punctuation. Only a later `check` counts it.
    fn raw(&mut self, json: &str) {
        self.text.push_str(json);
    }

    fn string(&mut self, text: &str) -> Result<(), Error> {
        self.text.push_str(&string(text));
        self.check()
    }
}

fn invalid(input: &str, offset: usize) -> Error {
    Error::InvalidUtf8 { input: input.into(), offset }
}

/// Returns the texts of the pair at `offset` of the body.
fn texts<'b>(
    key: &'b [u8],
    value: &'b [u8],
    offset: usize,
    options: &Options,
) -> Result<(Cow<'b, str>, Cow<'b, str>), Error> {
    let text = |raw, begin| text(raw, options).map_err(|bad| invalid("Body", begin + bad));
    Ok((text(key, offset)?, text(value, offset + key.len() + 1)?))
}

/// Returns the first `max_pairs` pairs, and an error if there are more.
fn limited<'b>(body: &'b [u8], options: &Options) -> (Vec<Pair<'b>>, Result<(), Error>) {
    let (mut pairs, _) = split(body, options.rules);
    let max = options.max_pairs;
    let error = pairs.get(max).map(|pair| Error::TooManyPairs { max, offset: pair.offset });
    pairs.truncate(max);
    (pairs, error.map_or(Ok(()), Err))
}

/// Returns the texts of all pairs, each with its offset and that of its value.
pub fn pairs(body: &[u8], options: &Options) -> Result<Vec<Text>, Error> {
    if body.len() > options.max_bytes {
        return Err(Error::TooManyBytes { max: options.max_bytes });
    }
    let (pairs, rest) = limited(body, options);
    let mut read = Vec::new();
    for Pair { key: raw, value, offset } in pairs {
        let (key, text) = texts(raw, value, offset, options)?;
        let key_end = offset + raw.len();
        let value_offset = key_end + usize::from(body.get(key_end) == Some(&b'='));
        read.push(Text { key: key.into(), value: text.into(), offset, value_offset });
    }
    rest.map(|()| read)
}

/// A pair as text.
#[derive(Clone, Debug)]
pub struct Text {
    pub key: String,
    pub value: String,
    pub offset: usize,
    pub value_offset: usize,
}

/// A struct that takes one text, one number and a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub text: Option<String>,
    pub number: Option<u8>,
    pub list: Vec<String>,
}

/// The keys of its fields.
pub const RECORD: [&str; 3] = ["a", "k1", "b"];

/// Reads a record pair by pair. An error is the field, the offset, and whether it is because the field comes again.
pub fn record(pairs: &[Text]) -> Result<Record, (&'static str, usize, bool)> {
    let mut record = Record::default();
    let [text, number, list] = RECORD;
    for pair in pairs {
        let again = |field| (field, pair.offset, true);
        if pair.key == text {
            if record.text.replace(pair.value.clone()).is_some() {
                return Err(again(text));
            }
        } else if pair.key == number {
            if record.number.is_some() {
                return Err(again(number));
            }
            let value = pair.value.parse().map_err(|_| (number, pair.value_offset, false))?;
            record.number = Some(value);
        } else if pair.key == list {
            record.list.push(pair.value.clone());
        }
    }
    Ok(record)
}

/// Writes every pair as a member, without the closing brace.
fn write_pairs(json: &mut Json, body: &[u8], options: &Options) -> Result<(), Error> {
    let (pairs, rest) = limited(body, options);
    let mut separator = "{";
    for Pair { key, value, offset } in pairs {
        let (key, value) = texts(key, value, offset, options)?;
        json.at = offset;
        json.raw(separator);
        json.string(&key)?;
        json.raw(":");
        json.string(&value)?;
        separator = ",";
    }
    rest?;
    if separator == "{" {
        json.raw(separator);
    }
    Ok(())
}

/// A key, and each value with its pair's offset.
type Member<'b> = (Cow<'b, str>, Vec<(usize, Cow<'b, str>)>);

/// Collects the members of an object that has each key once.
fn members<'b>(body: &'b [u8], options: &Options) -> Result<Vec<Member<'b>>, Error> {
    let (pairs, rest) = limited(body, options);
    let mut members: Vec<Member<'b>> = Vec::new();
    let mut indices = HashMap::new();
    for Pair { key, value, offset } in pairs {
        let (key, value) = texts(key, value, offset, options)?;
        let value = (offset, value);
        let index = *indices.entry(key.clone()).or_insert(members.len());
        match members.get_mut(index) {
            None => members.push((key, vec![value])),
            Some((_, values)) => match options.duplicates {
                Duplicates::First => {}
                Duplicates::Last => *values = vec![value],
                _ => values.push(value),
            },
        }
    }
    rest.map(|()| members)
}

fn write_members(json: &mut Json, body: &[u8], options: &Options) -> Result<(), Error> {
    json.raw("{");
    for (index, (key, values)) in members(body, options)?.iter().enumerate() {
        json.at = values[0].0;
        json.raw(if index == 0 { "" } else { "," });
        json.string(key)?;
        json.raw(":");
        let array = values.len() > 1 || options.duplicates == Duplicates::Arrays;
        json.raw(if array { "[" } else { "" });
        for (index, (offset, value)) in values.iter().enumerate() {
            json.at = *offset;
            json.raw(if index == 0 { "" } else { "," });
            json.string(value)?;
        }
        json.raw(if array { "]" } else { "" });
    }
    Ok(())
}

fn end(json: &mut Json, body: &[u8]) -> Result<(), Error> {
    json.at = body.len();
    json.raw("}");
    json.check()
}

fn write_object(json: &mut Json, body: &[u8], options: &Options) -> Result<(), Error> {
    if body.len() > options.max_bytes {
        return Err(Error::TooManyBytes { max: options.max_bytes });
    }
    if options.duplicates == Duplicates::Keep {
        write_pairs(json, body, options)?;
    } else {
        write_members(json, body, options)?;
    }
    end(json, body)
}

/// Converts a whole body to its object.
pub fn object(body: &[u8], options: &Options) -> Result<String, Error> {
    let mut json = Json::new(options);
    write_object(&mut json, body, options)?;
    Ok(json.text)
}

/// Converts a body that arrives in chunks. `Keep` writes each segment once it is complete, and a
/// segment may have `max_held` bytes. The other modes buffer the body, up to `max_held` bytes.
pub fn transcode(body: &[u8], options: &Options) -> Result<String, Error> {
    let allowed = &body[..body.len().min(options.max_bytes)];
    let too_many = || Error::TooManyBytes { max: options.max_bytes };
    let too_long = |offset| Error::TooMuchHeld { max: options.max_held, offset };
    if options.duplicates != Duplicates::Keep {
        return if allowed.len() > options.max_held {
            Err(too_long(0))
        } else {
            object(body, options)
        };
    }
    let long = segments(allowed).find(|(_, segment)| segment.len() > options.max_held);
    let unfinished = segments(allowed).last().filter(|_| allowed.len() < body.len());
    let (whole, error) = match (long, unfinished) {
        (Some((offset, _)), _) => (offset, Some(too_long(offset))),
        (None, Some((offset, _))) => (offset, Some(too_many())),
        (None, None) => (body.len(), None),
    };
    let mut json = Json::new(options);
    write_pairs(&mut json, &body[..whole], options)?;
    error.map_or(Ok(()), Err)?;
    end(&mut json, body)?;
    Ok(json.text)
}

/// A body and the other texts of an event.
#[derive(Debug)]
pub struct Event<'b> {
    pub headers: Vec<(&'b [u8], &'b [u8])>,
    pub stage: &'b [u8],
    pub source_ip: &'b [u8],
    pub user_agent: &'b [u8],
    pub extra: Vec<(&'b [u8], &'b [u8])>,
    pub body: &'b [u8],
}

/// Rejects invalid UTF-8 if the options are strict.
fn check_utf8(raw: &[u8], input: &str, options: &Options) -> Result<(), Error> {
    match std::str::from_utf8(raw) {
        Err(error) if options.strict => Err(invalid(input, error.valid_up_to())),
        _ => Ok(()),
    }
}

pub fn event(event: &Event<'_>, options: &Options) -> Result<String, Error> {
    let mut names =
        ["headers", "querystring", "stage", "sourceIp", "userAgent"].map(str::to_owned).to_vec();
    for (name, _) in &event.extra {
        let name = String::from_utf8_lossy(name).into_owned();
        if names.contains(&name) {
            return Err(Error::MemberExists { name });
        }
        names.push(name);
    }

    let mut json = Json::new(options);
    json.raw("{\"headers\":{");
    for (index, (name, value)) in event.headers.iter().enumerate() {
        check_utf8(name, &format!("HeaderName {{ index: {index} }}"), options)?;
        check_utf8(value, &format!("HeaderValue {{ index: {index} }}"), options)?;
        json.raw(if index == 0 { "" } else { "," });
        json.string(&String::from_utf8_lossy(name))?;
        json.raw(":");
        json.string(&String::from_utf8_lossy(value))?;
    }
    json.raw("},\"querystring\":");
    write_object(&mut json, event.body, options)?;

    let own = [
        ("stage", event.stage, "Stage"),
        ("sourceIp", event.source_ip, "SourceIp"),
        ("userAgent", event.user_agent, "UserAgent"),
    ];
    for (name, value, input) in own {
        check_utf8(value, input, options)?;
        json.raw(&format!(",\"{name}\":"));
        json.string(&String::from_utf8_lossy(value))?;
    }
    for (index, (name, value)) in event.extra.iter().enumerate() {
        check_utf8(name, &format!("ExtraName {{ index: {index} }}"), options)?;
        check_utf8(value, &format!("ExtraValue {{ index: {index} }}"), options)?;
        json.raw(",");
        json.string(&String::from_utf8_lossy(name))?;
        json.raw(":");
        json.string(&String::from_utf8_lossy(value))?;
    }
    json.raw("}");
    json.check()?;
    Ok(json.text)
}
