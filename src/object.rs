//! The object of pairs, written in one pass unless names are looked for that come again.

use crate::duplicates::Names;
use crate::json::Writer;
use crate::{Duplicates, Error, Options, fused};

/// In one pass, or where that gives up the slow way.
#[inline]
pub(crate) fn write(out: &mut Writer<'_>, body: &[u8], options: &Options) -> Result<(), Error> {
    let limit = out.limit;
    if fused::write(out.out, body, options, limit).is_err() {
        write_slowly(out, body, options)?;
    }
    out.at = body.len();
    Ok(())
}

/// Pair by pair, with every error.
#[inline(never)]
pub(crate) fn write_slowly(
    out: &mut Writer<'_>,
    body: &[u8],
    options: &Options,
) -> Result<(), Error> {
    match options.duplicates {
        Duplicates::Keep => write_pairs(out, body, options),
        Duplicates::First | Duplicates::Last | Duplicates::Group => {
            write_names(out, &Names::of(body, options)?)
        }
    }
}

fn write_pairs(out: &mut Writer<'_>, body: &[u8], options: &Options) -> Result<(), Error> {
    out.raw(b"{");
    let mut separator: &[u8] = b"";
    for pair in options.pairs(body)? {
        let pair = pair?;
        out.at = pair.offset;
        out.raw(separator);
        out.member(options.name(&pair)?.as_bytes(), options.value(&pair)?.as_bytes())?;
        separator = b",";
    }
    out.raw(b"}");
    Ok(())
}

fn write_names(out: &mut Writer<'_>, names: &Names<'_>) -> Result<(), Error> {
    out.raw(b"{");
    let mut separator: &[u8] = b"";
    for places in names.chosen() {
        out.at = places[0].offset;
        out.raw(separator);
        out.string(names.name(places[0].offset).as_bytes())?;
        out.raw(b":");
        if let [place] = places {
            out.string(names.value(place.offset).as_bytes())?;
        } else {
            let mut separator: &[u8] = b"[";
            for place in places {
                out.at = place.offset;
                out.raw(separator);
                out.string(names.value(place.offset).as_bytes())?;
                separator = b",";
            }
            out.raw(b"]");
        }
        separator = b",";
    }
    out.raw(b"}");
    Ok(())
}
