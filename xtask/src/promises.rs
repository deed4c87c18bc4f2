//! That what `PROMISES.md` names as holding a promise is there.

use std::fs;

use crate::{Error, root};

/// Looks for each `file: words` between backquotes: the file has to have the words.
pub(crate) fn check() -> Result<(), Error> {
    let page = fs::read_to_string(root().join("PROMISES.md"))?;
    let named = page.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(": "));
    let mut count = 0;
    for (file, words) in named {
        let text =
            fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
        if !text.contains(words) {
            return Err(format!("PROMISES.md: {file} has no `{words}`").into());
        }
        count += 1;
    }
    if count == 0 {
        return Err("PROMISES.md names nothing".into());
    }
    println!("PROMISES.md: all {count} tests that it names are there");
    Ok(())
}
