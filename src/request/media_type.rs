//! The media type of a form.

use alloc::string::{String, ToString};

use mediatype::names::{APPLICATION, CHARSET, x_};
use mediatype::{MediaType, ReadParams};

use super::{RequestError, text};

const FORM: MediaType<'_> = MediaType::new(APPLICATION, x_::WWW_FORM_URLENCODED);

/// Their labels, which the Encoding Standard and IANA give.
const UTF_8_OR_ASCII: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];

/// Returns the charset of a form's content type if it is neither UTF-8 nor US-ASCII. Fails if it is not a
/// form's. As the WHATWG's MIME Sniffing Standard says, the first of several parameters counts.
pub(super) fn charset(content_type: &[u8]) -> Result<Option<String>, RequestError> {
    let no_form = || RequestError::ContentType { sent: text(content_type) };
    let sent = core::str::from_utf8(content_type).map_err(|_| no_form())?;
    let media_type = MediaType::parse(sent).map_err(|_| no_form())?;
    if media_type.essence() != FORM {
        return Err(no_form());
    }
    let charset = media_type.params().find(|(name, _)| *name == CHARSET);
    let charset = charset.map(|(_, value)| value.unquoted_str().to_string());
    Ok(charset.filter(|sent| !UTF_8_OR_ASCII.iter().any(|label| sent.eq_ignore_ascii_case(label))))
}
