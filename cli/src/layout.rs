//! Indents and colors JSON.
//!
//! Works on the text, as it comes: a JSON parser would lose repeated keys and hold the whole document.

use std::io::{self, IsTerminal};
use std::mem;

use clap::ColorChoice;

/// How to lay out JSON without white space, which comes in parts.
pub(crate) struct Layout {
    indents: bool,
    colors: bool,
    /// The brackets that are open.
    open: Vec<u8>,
    /// Whether the next string is a key.
    is_key: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    /// After an opening bracket.
    Opened,
    String,
    /// After a backslash in a string.
    Escape,
    /// In a number, `true`, `false` or `null`.
    Word,
}

// The colors of jq.
const NULL: &[u8] = b"0;90";
const WORD: &[u8] = b"0;39";
const STRING: &[u8] = b"0;32";
const KEY: &[u8] = b"34;1";
const STRUCTURE: &[u8] = b"1;39";

impl Layout {
    pub(crate) fn new(indents: bool, colors: bool) -> Layout {
        let (open, state) = (Vec::new(), State::Between);
        Layout { indents, colors, open, is_key: false, state }
    }

    /// Appends `json`, the next part of a document. A line feed ends a document.
    pub(crate) fn append(&mut self, mut json: &[u8], out: &mut Vec<u8>) {
        if !self.indents && !self.colors {
            return out.extend_from_slice(json);
        }
        while let [byte, rest @ ..] = json {
            match self.state {
                State::String => {
                    let Some(at) = memchr::memchr2(b'"', b'\\', json) else {
                        return out.extend_from_slice(json);
                    };
                    out.extend_from_slice(&json[..=at]);
                    if json[at] == b'"' {
                        self.end_color(out);
                        self.state = State::Between;
                    } else {
                        self.state = State::Escape;
                    }
                    json = &json[at + 1..];
                    continue;
                }
                State::Escape => {
                    out.push(*byte);
                    self.state = State::String;
                }
                State::Between | State::Opened | State::Word => self.append_outside(*byte, out),
            }
            json = rest;
        }
    }

    /// Appends a byte that is not in a string.
    fn append_outside(&mut self, byte: u8, out: &mut Vec<u8>) {
        let is_word = !matches!(byte, b'"' | b'{' | b'[' | b'}' | b']' | b',' | b':' | b'\n');
        if self.state == State::Word && !is_word {
            self.end_color(out);
            self.state = State::Between;
        }
        match byte {
            b'"' => {
                self.begin_value(out);
                self.begin_color(if self.is_key { KEY } else { STRING }, out);
                out.push(byte);
                self.state = State::String;
            }
            b'{' | b'[' => {
                self.begin_value(out);
                self.append_structure(byte, out);
                self.open.push(byte);
                self.state = State::Opened;
                self.is_key = byte == b'{';
            }
            b'}' | b']' => {
                self.open.pop();
                if mem::replace(&mut self.state, State::Between) != State::Opened {
                    self.begin_line(out);
                }
                self.append_structure(byte, out);
                self.is_key = false;
            }
            b',' => {
                self.append_structure(byte, out);
                self.begin_line(out);
                self.is_key = self.open.last() == Some(&b'{');
            }
            b':' => {
                self.append_structure(byte, out);
                if self.indents {
                    out.push(b' ');
                }
                self.is_key = false;
            }
            b'\n' => out.push(byte),
            _ => {
                if self.state != State::Word {
                    self.begin_value(out);
                    self.begin_color(if byte == b'n' { NULL } else { WORD }, out);
                    self.state = State::Word;
                }
                out.push(byte);
            }
        }
    }

    /// Begins the line of the first value in brackets.
    fn begin_value(&mut self, out: &mut Vec<u8>) {
        if mem::replace(&mut self.state, State::Between) == State::Opened {
            self.begin_line(out);
        }
    }

    fn begin_line(&self, out: &mut Vec<u8>) {
        if self.indents {
            out.push(b'\n');
            out.resize(out.len() + 2 * self.open.len(), b' ');
        }
    }

    fn append_structure(&self, byte: u8, out: &mut Vec<u8>) {
        self.begin_color(STRUCTURE, out);
        out.push(byte);
        self.end_color(out);
    }

    fn begin_color(&self, color: &[u8], out: &mut Vec<u8>) {
        if self.colors {
            out.extend_from_slice(b"\x1b[");
            out.extend_from_slice(color);
            out.push(b'm');
        }
    }

    fn end_color(&self, out: &mut Vec<u8>) {
        if self.colors {
            out.extend_from_slice(b"\x1b[0m");
        }
    }
}

/// Returns whether to color standard output.
pub(crate) fn has_colors(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            io::stdout().is_terminal()
                && !anstyle_query::no_color()
                && anstyle_query::term_supports_ansi_color()
                // A console of Windows knows colors only on request.
                && anstyle_query::windows::enable_ansi_colors() != Some(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lays out `json` in parts of `step` bytes.
    fn lay_out(json: &str, indents: bool, colors: bool, step: usize) -> String {
        let (mut layout, mut out) = (Layout::new(indents, colors), Vec::new());
        for part in json.as_bytes().chunks(step) {
            layout.append(part, &mut out);
        }
        String::from_utf8(out).unwrap()
    }

    const DOCUMENTS: [&str; 8] = [
        "{}\n",
        "[]\n",
        "null\n",
        "-1.5e+3\n",
        "\"{\\\"a\\\\\"\n",
        "[[],{},[{}],[1,\"é\"]]\n",
        r#"{"a":"b,c:d[","\\":{"x":[true,null,{"y":"\""}],"z":{}},"\"e\"":0,"f":false}"#,
        r#"[{"a":1},"b",{"c":"d"}]"#,
    ];

    #[test]
    fn indented_json_is_that_of_serde_json() {
        for json in DOCUMENTS {
            let value: serde_json::Value = serde_json::from_str(json).unwrap();
            let mut expected = serde_json::to_string_pretty(&value).unwrap();
            if json.ends_with('\n') {
                expected.push('\n');
            }
            // Its maps are sorted.
            let sorted = serde_json::to_string(&value).unwrap() + &json[json.trim_end().len()..];
            for step in 1..=json.len() {
                assert_eq!(lay_out(&sorted, true, false, step), expected);
                assert_eq!(lay_out(json, false, false, step), json);
            }
        }
        let documents = "{\"a\":1,\"a\":2}\nnull\n";
        assert_eq!(lay_out(documents, true, false, 1), "{\n  \"a\": 1,\n  \"a\": 2\n}\nnull\n");
    }

    #[test]
    fn colors_surround_tokens() {
        let mut expected = String::new();
        for (color, token) in [
            (STRUCTURE, "{"),
            (KEY, r#""a\"""#),
            (STRUCTURE, ":"),
            (STRUCTURE, "["),
            (NULL, "null"),
            (STRUCTURE, ","),
            (WORD, "12"),
            (STRUCTURE, ","),
            (STRING, r#""b""#),
            (STRUCTURE, "]"),
            (STRUCTURE, ","),
            (KEY, r#""c""#),
            (STRUCTURE, ":"),
            (WORD, "true"),
            (STRUCTURE, "}"),
        ] {
            let color = std::str::from_utf8(color).unwrap();
            expected.extend(["\x1b[", color, "m", token, "\x1b[0m"]);
        }
        let json = r#"{"a\"":[null,12,"b"],"c":true}"#;
        for step in 1..=json.len() {
            assert_eq!(lay_out(json, false, true, step), expected);
        }
        assert_eq!(lay_out("1\n", true, true, 1), "\x1b[0;39m1\x1b[0m\n");
        // Colors add nothing else.
        for json in DOCUMENTS {
            let mut colored = lay_out(json, true, true, 1);
            for color in [NULL, WORD, STRING, KEY, STRUCTURE, b"0"] {
                let color = std::str::from_utf8(color).unwrap();
                colored = colored.replace(&format!("\x1b[{color}m"), "");
            }
            assert_eq!(colored, lay_out(json, true, false, 1));
        }
    }
}
