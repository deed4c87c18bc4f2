//! Times in ISO 8601, as ECMAScript writes them.

use alloc::vec::Vec;

use crate::Error;
use crate::buffer::append;

/// Appends `2020-03-04T19:03:58.390Z`. Years past 9999 have a sign and more digits.
pub(super) fn write_iso(out: &mut Vec<u8>, milliseconds: u64) -> Result<(), Error> {
    let (days, in_day) = (milliseconds / 86_400_000, milliseconds % 86_400_000);
    let (year, month, day) = date(days);
    if year > 9999 {
        append(out, b"+")?;
    }
    write_padded(out, year, if year > 9999 { 6 } else { 4 })?;
    for (before, number, digits) in [
        (b'-', month, 2),
        (b'-', day, 2),
        (b'T', in_day / 3_600_000, 2),
        (b':', in_day / 60_000 % 60, 2),
        (b':', in_day / 1_000 % 60, 2),
        (b'.', in_day % 1_000, 3),
    ] {
        append(out, &[before])?;
        write_padded(out, number, digits)?;
    }
    append(out, b"Z")
}

/// Appends a decimal number.
pub(super) fn write_number(out: &mut Vec<u8>, number: u64) -> Result<(), Error> {
    write_padded(out, number, 1)
}

fn write_padded(out: &mut Vec<u8>, mut number: u64, digits: usize) -> Result<(), Error> {
    let mut text = *b"00000000000000000000";
    let mut begin = text.len() - digits;
    for (at, digit) in text.iter_mut().enumerate().rev() {
        if number == 0 {
            break;
        }
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        begin = begin.min(at);
    }
    append(out, text.get(begin..).unwrap_or_default())
}

/// The year, month and day of the Gregorian calendar, so many days after 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that the leap day is the last of a year, and periods of 400 years
    // begin in the year 0.
    let days = days + 719_468;
    let (period, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Five months have 153 days, from March on and from August on.
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (period * 400 + year + next, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_follows_the_day_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..3_000_000 {
            assert_eq!(date(days), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + u64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn times_as_ecmascript_writes_them() {
        for (milliseconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_583_348_638_390, "2020-03-04T19:03:58.390Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
            (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
            (u64::MAX, "+584556019-04-03T14:25:51.615Z"),
        ] {
            let mut out = Vec::new();
            write_iso(&mut out, milliseconds).unwrap();
            assert_eq!(str::from_utf8(&out).unwrap(), expected);
        }
    }
}
