//! Standard input, output and error that report every failure.
//!
//! On Unix, the standard library hides two: it opens `/dev/null` in place of a descriptor that is
//! closed at startup, and ignores errors of a descriptor with the wrong access mode. So this module
//! checks the descriptors before `main`, and uses them as files.

use std::io::{self, Read, Write};

pub(crate) fn stdin() -> io::Result<impl Read> {
    #[cfg(unix)]
    return unix::open(0, io::stdin());
    #[cfg(not(unix))]
    Ok(io::stdin())
}

pub(crate) fn stdout() -> io::Result<impl Write> {
    #[cfg(unix)]
    return unix::open(1, io::stdout());
    #[cfg(not(unix))]
    Ok(io::stdout())
}

pub(crate) fn stderr() -> io::Result<impl Write> {
    #[cfg(unix)]
    return unix::open(2, io::stderr());
    #[cfg(not(unix))]
    Ok(io::stderr())
}

/// Returns the length of standard input in bytes if it is a file.
pub(crate) fn stdin_len() -> Option<u64> {
    #[cfg(unix)]
    let stdin = unix::open(0, io::stdin());
    #[cfg(windows)]
    let stdin = std::os::windows::io::AsHandle::as_handle(&io::stdin())
        .try_clone_to_owned()
        .map(std::fs::File::from);
    #[cfg(not(any(unix, windows)))]
    let stdin: io::Result<std::fs::File> = Err(io::ErrorKind::Unsupported.into());
    let metadata = stdin.ok()?.metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Whether descriptors 0, 1 and 2 were closed at startup.
    static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

    ctor::declarative::ctor! {
        /// Runs before the standard library opens `/dev/null`.
        #[ctor(unsafe)]
        fn look() {
            CLOSED[0].store(file(io::stdin()).is_err(), Ordering::Relaxed);
            CLOSED[1].store(file(io::stdout()).is_err(), Ordering::Relaxed);
            CLOSED[2].store(file(io::stderr()).is_err(), Ordering::Relaxed);
        }
    }

    fn file(stream: impl AsFd) -> io::Result<File> {
        Ok(stream.as_fd().try_clone_to_owned()?.into())
    }

    pub(super) fn open(descriptor: usize, stream: impl AsFd) -> io::Result<File> {
        if CLOSED[descriptor].load(Ordering::Relaxed) {
            return Err(io::Error::other("it is closed"));
        }
        file(stream)
    }
}
