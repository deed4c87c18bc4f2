//! `multipart/form-data` once more, line by line and with a copy of everything.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "a module of several tests")]

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: Vec<u8>,
    pub file_name: Option<Vec<u8>>,
    pub content_type: Option<Vec<u8>>,
    pub body: Vec<u8>,
    pub offset: usize,
    pub body_offset: usize,
}

/// The crate's, to compare it.
impl From<&formevent::multipart::Part<'_>> for Part {
    fn from(part: &formevent::multipart::Part<'_>) -> Self {
        Part {
            name: part.name.to_vec(),
            file_name: part.file_name.map(<[u8]>::to_vec),
            content_type: part.content_type.map(<[u8]>::to_vec),
            body: part.body.to_vec(),
            offset: part.offset,
            body_offset: part.body_offset,
        }
    }
}

/// The lines of a body, and the offset of each. Only CR LF ends one.
fn lines(body: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines = vec![(0, Vec::new())];
    let mut at = 0;
    while at < body.len() {
        if body[at] == b'\r' && body.get(at + 1) == Some(&b'\n') {
            at += 2;
            lines.push((at, Vec::new()));
        } else {
            lines.last_mut().unwrap().1.push(body[at]);
            at += 1;
        }
    }
    lines
}

/// The parts of a body. `None` if it is refused.
pub fn read(body: &[u8], boundary: &[u8]) -> Option<Vec<Part>> {
    let boundary = [b"--", boundary].concat();
    let lines = lines(body);
    let is_boundary = |line: &Vec<u8>| line.starts_with(&boundary);
    let mut parts = Vec::new();
    let mut at = lines.iter().position(|(_, line)| !line.is_empty())?;
    loop {
        let behind = lines[at].1.strip_prefix(boundary.as_slice())?;
        let is_last = behind.starts_with(b"--");
        let padding = if is_last { &behind[2..] } else { behind };
        if padding.iter().any(|byte| !b" \t".contains(byte)) {
            return None;
        }
        at += 1;
        if is_last {
            return lines[at..].iter().all(|(_, line)| line.is_empty()).then_some(parts);
        }
        let offset = lines.get(at)?.0;
        let mut headers = Vec::new();
        while !lines.get(at)?.1.is_empty() {
            if is_boundary(&lines[at].1) {
                return None;
            }
            headers.push(header(&lines[at].1)?);
            at += 1;
        }
        at += 1;
        let body_offset = lines.get(at)?.0;
        let mut content = Vec::new();
        while !is_boundary(&lines.get(at)?.1) {
            // Some readers would take it for one.
            let behind_lf = [b"\n", boundary.as_slice()].concat();
            if lines[at].1.windows(behind_lf.len()).any(|part| part == behind_lf) {
                return None;
            }
            content.push(lines[at].1.clone());
            at += 1;
        }
        // The line end before a boundary belongs to the boundary; without a line there is none to belong to it.
        if content.is_empty() {
            return None;
        }
        let one = |name: &str| -> Option<Option<Vec<u8>>> {
            let mut values = headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value);
            let first = values.next().cloned();
            values.next().is_none().then_some(first)
        };
        let encoding = one("content-transfer-encoding")?.unwrap_or(b"binary".to_vec());
        if !["7bit", "8bit", "binary"]
            .iter()
            .any(|own| own.as_bytes() == encoding.to_ascii_lowercase())
        {
            return None;
        }
        let (kind, parameters) = parameters(&one("content-disposition")??)?;
        let parameter = |name: &str| -> Option<Option<Vec<u8>>> {
            let mut values =
                parameters.iter().filter(|(own, _)| own == name).map(|(_, value)| value);
            let first = values.next().cloned();
            values.next().is_none().then_some(first)
        };
        let file_name = parameter("filename")?;
        if kind != "form-data" || parameter("filename*")?.is_some() && file_name.is_none() {
            return None;
        }
        parts.push(Part {
            name: parameter("name")??,
            file_name,
            content_type: one("content-type")?,
            body: content.join(b"\r\n".as_slice()),
            offset,
            body_offset,
        });
    }
}

fn is_token(text: &[u8]) -> bool {
    let others = b"!#$%&'*+-.^_`|~";
    !text.is_empty()
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
}

/// Without the white space of ASCII around it.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\x0C', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t' | b'\x0C'] = text {
        text = rest;
    }
    text
}

/// A name in lower case, and its value.
type Named = (String, Vec<u8>);

fn header(line: &[u8]) -> Option<Named> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if !is_token(name) || line.iter().any(|byte| b"\r\n".contains(byte)) {
        return None;
    }
    Some((String::from_utf8_lossy(name).to_ascii_lowercase(), trimmed(value).to_vec()))
}

/// The word before the parameters, and the parameters, all names in lower case.
fn parameters(value: &[u8]) -> Option<(String, Vec<Named>)> {
    // Cuts at each `;` that is outside of quotes.
    let mut pieces = vec![Vec::new()];
    let mut is_quoted = false;
    for &byte in value {
        // Quotes in the first word quote nothing.
        is_quoted ^= byte == b'"' && pieces.len() > 1;
        if byte == b';' && !is_quoted {
            pieces.push(Vec::new());
        } else {
            pieces.last_mut()?.push(byte);
        }
    }
    let kind = String::from_utf8_lossy(trimmed(&pieces[0])).to_ascii_lowercase();
    let mut parameters = Vec::new();
    for piece in &pieces[1..] {
        let piece = trimmed(piece);
        if piece.is_empty() {
            continue;
        }
        let equals = piece.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (&piece[..equals], &piece[equals + 1..]);
        let quotes: Vec<_> = (0..value.len()).filter(|&at| value[at] == b'"').collect();
        let value = match quotes.as_slice() {
            [] if value.is_empty() || value.iter().any(u8::is_ascii_whitespace) => return None,
            [] => value,
            &[0, last] if last == value.len() - 1 => &value[1..last],
            _ => return None,
        };
        if !is_token(name) {
            return None;
        }
        parameters.push((String::from_utf8_lossy(name).to_ascii_lowercase(), value.to_vec()));
    }
    Some((kind, parameters))
}

/// The text of a name: the escapes of the HTML Standard undone, invalid UTF-8 replaced.
pub fn name_text(name: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < name.len() {
        let (byte, len) = match &name[at..] {
            [b'%', b'0', b'A', ..] => (b'\n', 3),
            [b'%', b'0', b'D', ..] => (b'\r', 3),
            [b'%', b'2', b'2', ..] => (b'"', 3),
            _ => (name[at], 1),
        };
        bytes.push(byte);
        at += len;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The fields of text, as pairs of text.
pub fn texts(parts: &[Part]) -> Vec<(String, String)> {
    let texts = parts.iter().filter(|part| part.file_name.is_none());
    texts
        .map(|part| (name_text(&part.name), String::from_utf8_lossy(&part.body).into_owned()))
        .collect()
}
