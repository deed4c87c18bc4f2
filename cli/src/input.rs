//! Bodies from standard input: the whole of it, or one a line.

use std::io::{self, BufRead, Read};

/// A body as far as it was read.
pub(crate) enum Input {
    Whole,
    /// There was more than asked for.
    Cut,
}

/// Reads all of `input` into `body`, or `most` bytes and no more.
pub(crate) fn read_all(input: impl Read, body: &mut Vec<u8>, most: usize) -> io::Result<Input> {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let read = input.take(most.saturating_add(1)).read_to_end(body)?;
    Ok(if u64::try_from(read).is_ok_and(|read| read > most) { Input::Cut } else { Input::Whole })
}

/// Reads the next line of `input` into `line`, without the line feed (or carriage return and line
/// feed) at its end. Of a line with more than `most` bytes the rest is passed over. `None` at the
/// end of input.
pub(crate) fn read_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    most: usize,
) -> io::Result<Option<(Input, usize)>> {
    line.clear();
    let mut read = 0;
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = available.iter().position(|&byte| byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        let at_end = end.is_some() || available.is_empty();
        // One more than `most`, and a carriage return, tell a long line from one just in the limit.
        let room = most.saturating_add(2).saturating_sub(line.len());
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        read += used;
        if at_end {
            if read == 0 {
                return Ok(None);
            }
            if end.is_some() && line.last() == Some(&b'\r') {
                line.pop();
            }
            let input = if line.len() > most { Input::Cut } else { Input::Whole };
            return Ok(Some((input, read)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of `text` as read through a buffer of `capacity` bytes, cut ones in brackets.
    fn lines(text: &[u8], most: usize, capacity: usize) -> Vec<String> {
        let mut input = io::BufReader::with_capacity(capacity, text);
        let (mut line, mut lines, mut total) = (Vec::new(), Vec::new(), 0);
        while let Some((cut, read)) = read_line(&mut input, &mut line, most).unwrap() {
            assert!(line.len() <= most.saturating_add(2));
            total += read;
            lines.push(match cut {
                Input::Whole => String::from_utf8_lossy(&line).into_owned(),
                Input::Cut => "(cut)".to_owned(),
            });
        }
        assert_eq!(total, text.len());
        lines
    }

    #[test]
    fn lines_end_at_line_feeds_whatever_the_buffer_holds() {
        for capacity in 1..20 {
            let read = |text: &[u8], most| lines(text, most, capacity);
            assert_eq!(read(b"", 9), Vec::<String>::new());
            assert_eq!(read(b"\n", 9), [""]);
            assert_eq!(read(b"a=1\nb=2", 9), ["a=1", "b=2"]);
            assert_eq!(read(b"a=1\r\n\r\nb=2\r", 9), ["a=1", "", "b=2\r"]);
            assert_eq!(read(b"a=\r1\n", 9), ["a=\r1"]);
            assert_eq!(read(b"a=123456\nb=2\r\nc=34\n", 3), ["(cut)", "b=2", "(cut)"]);
            assert_eq!(read(b"a=\n", usize::MAX), ["a="]);
        }
    }

    #[test]
    fn a_whole_input_is_read_to_the_limit() {
        let read = |most| {
            let mut body = Vec::new();
            let input = read_all(&b"a=123"[..], &mut body, most).unwrap();
            (matches!(input, Input::Whole), body.len())
        };
        assert_eq!(read(usize::MAX), (true, 5));
        assert_eq!(read(5), (true, 5));
        assert_eq!(read(4), (false, 5));
        assert_eq!(read(0), (false, 1));
    }
}
