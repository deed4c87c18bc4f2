//! Reads bodies: all of the input as one body, or a body per line.

use std::io::{self, BufRead, BufReader, Read};

/// How to read a body.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    /// Whether to skip white space, as in base64.
    pub(crate) skip_space: bool,
    /// How many bytes of a body to read, not counting skipped white space.
    pub(crate) max: usize,
}

/// How much of a body was read.
pub(crate) enum Input {
    Whole,
    /// The body is longer than [`Form::max`].
    Cut,
}

impl Form {
    /// Appends `part` to `body` up to `max` bytes. Returns whether `part` had more.
    fn append(self, body: &mut Vec<u8>, part: &[u8]) -> bool {
        let room = self.max.saturating_sub(body.len());
        if self.skip_space {
            let mut symbols = part.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
            body.extend(symbols.by_ref().take(room));
            symbols.next().is_some()
        } else {
            body.extend_from_slice(&part[..part.len().min(room)]);
            part.len() > room
        }
    }
}

/// A reader that stays at its end. A terminal would go on after Ctrl-D.
pub(crate) struct Fused<R>(Option<R>);

impl<R> Fused<R> {
    pub(crate) fn new(input: R) -> Self {
        Fused(Some(input))
    }
}

impl<R: Read> Read for Fused<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(input) = &mut self.0 else { return Ok(0) };
        let read = input.read(buffer)?;
        if read == 0 {
            self.0 = None;
        }
        Ok(read)
    }
}

/// Reads all of `input` into `body`, or stops soon after `form.max` bytes.
pub(crate) fn read(input: impl Read, body: &mut Vec<u8>, form: Form) -> io::Result<Input> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    loop {
        let part = match input.fill_buf() {
            Ok([]) => return Ok(Input::Whole),
            Ok(part) => part,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if form.append(body, part) {
            return Ok(Input::Cut);
        }
        let read = part.len();
        input.consume(read);
    }
}

/// Reads the next line of `input` into `line`, without the line feed or CRLF at its end. Skips the
/// rest of a line that is too long. Returns `None` at the end of input.
pub(crate) fn read_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    form: Form,
) -> io::Result<Option<Input>> {
    line.clear();
    // One more byte, for the carriage return after a line of `form.max` bytes.
    let long = Form { max: form.max.saturating_add(1), ..form };
    let (mut cut, mut is_empty) = (false, true);
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = available.iter().position(|&byte| byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        let at_end = end.is_some() || available.is_empty();
        cut |= long.append(line, part);
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        is_empty &= used == 0;
        if at_end {
            if is_empty {
                return Ok(None);
            }
            if end.is_some() && !cut && line.last() == Some(&b'\r') {
                line.pop();
            }
            let whole = !cut && line.len() <= form.max;
            return Ok(Some(if whole { Input::Whole } else { Input::Cut }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the lines of `text` through a buffer of `capacity` bytes.
    fn lines(text: &[u8], form: Form, capacity: usize) -> Vec<String> {
        let mut input = BufReader::with_capacity(capacity, text);
        let (mut line, mut lines) = (Vec::new(), Vec::new());
        while let Some(cut) = read_line(&mut input, &mut line, form).unwrap() {
            assert!(line.len() <= form.max.saturating_add(1));
            lines.push(match cut {
                Input::Whole => String::from_utf8_lossy(&line).into_owned(),
                Input::Cut => "(cut)".to_owned(),
            });
        }
        lines
    }

    #[test]
    fn lines_end_at_line_feeds_with_a_buffer_of_any_size() {
        for capacity in 1..20 {
            let read = |text: &[u8], max| lines(text, Form { skip_space: false, max }, capacity);
            assert_eq!(read(b"", 9), Vec::<String>::new());
            assert_eq!(read(b"\n", 9), [""]);
            assert_eq!(read(b"a=1\nb=2", 9), ["a=1", "b=2"]);
            assert_eq!(read(b"a=1\r\n\r\nb=2\r", 9), ["a=1", "", "b=2\r"]);
            assert_eq!(read(b"a=\r1\n", 9), ["a=\r1"]);
            assert_eq!(
                read(b"a=123456\nb=2\r\nc=34\nd=5\rx\n", 3),
                ["(cut)", "b=2", "(cut)", "(cut)"]
            );
            assert_eq!(read(b"a=\n", usize::MAX), ["a="]);

            let skip = |text: &[u8], max| lines(text, Form { skip_space: true, max }, capacity);
            assert_eq!(skip(b" Y T\t0 x \r\nYQ==\nYT0xM   \n", 4), ["YT0x", "YQ==", "(cut)"]);
        }
    }

    #[test]
    fn the_end_of_a_terminal_is_the_end() {
        struct Terminal(std::vec::IntoIter<&'static [u8]>);
        impl Read for Terminal {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.next().unwrap().read(buffer)
            }
        }
        let text: [&[u8]; 3] = [b"a=1", b"", b"b=2\n"];
        let mut input = BufReader::new(Fused::new(Terminal(Vec::from(text).into_iter())));
        let (mut line, form) = (Vec::new(), Form { skip_space: false, max: 9 });
        assert!(read_line(&mut input, &mut line, form).unwrap().is_some());
        assert!(read_line(&mut input, &mut line, form).unwrap().is_none());
    }

    #[test]
    fn a_whole_input_is_read_up_to_the_limit() {
        let read = |skip_space, max| {
            let mut body = Vec::new();
            let input = read(&b"a = 1\n"[..], &mut body, Form { skip_space, max }).unwrap();
            (matches!(input, Input::Whole), String::from_utf8(body).unwrap())
        };
        assert_eq!(read(false, usize::MAX), (true, "a = 1\n".to_owned()));
        assert_eq!(read(false, 6), (true, "a = 1\n".to_owned()));
        assert_eq!(read(false, 5), (false, "a = 1".to_owned()));
        assert_eq!(read(false, 0), (false, String::new()));
        assert_eq!(read(true, 3), (true, "a=1".to_owned()));
        assert_eq!(read(true, 2), (false, "a=".to_owned()));
    }
}
