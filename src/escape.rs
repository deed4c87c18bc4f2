//! The escape sequences of JSON strings.

/// `byte` as it stands in a JSON string: eight bytes, and how many of them count.
#[expect(clippy::inline_always, reason = "called for every byte to escape")]
#[inline(always)]
pub(crate) const fn escape(byte: u8) -> ([u8; 8], usize) {
    let at = byte as usize;
    let escaped = if at < ESCAPES.len() { ESCAPES[at] } else { 1 << 56 | byte as u64 };
    (escaped.to_le_bytes(), (escaped >> 56) as usize)
}

/// For each byte up to `\`, the last that JSON escapes: its escape sequence, with the length in the
/// highest of eight bytes.
static ESCAPES: [u64; b'\\' as usize + 1] = {
    let mut escaped = [0; b'\\' as usize + 1];
    let mut byte = 0;
    while byte <= b'\\' {
        let digits = b"0123456789abcdef";
        let letter = match byte {
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0C => b'f',
            b'\r' => b'r',
            b'"' | b'\\' => byte,
            _ => 0,
        };
        escaped[byte as usize] = u64::from_le_bytes(if letter != 0 {
            [b'\\', letter, 0, 0, 0, 0, 0, 2]
        } else if byte < 0x20 {
            let (high, low) = (digits[byte as usize >> 4], digits[byte as usize & 15]);
            [b'\\', b'u', b'0', b'0', high, low, 0, 6]
        } else {
            [byte, 0, 0, 0, 0, 0, 0, 1]
        });
        byte += 1;
    }
    escaped
};
