//! Runs other programs and prints their command lines.

use std::cell::Cell;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use std::{env, fmt, fs, io};

use crate::Error;

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Reads an entry of the workspace's manifest, such as its `version`.
pub(crate) fn stated(name: &str) -> Result<String, Error> {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let value = manifest.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    Ok(value.ok_or_else(|| format!("Cargo.toml states no {name}"))?.trim_matches('"').to_owned())
}

/// A command line, run in the project's folder and with the tools in `node_modules` on its path.
pub(crate) struct Run(Command);

impl Run {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Run {
        let mut command = Command::new(program);
        let mut path = root().join("node_modules/.bin").into_os_string();
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        // Steps look for builds in `target`.
        command.current_dir(root()).env("PATH", path).env_remove("CARGO_TARGET_DIR");
        Run(command)
    }

    /// Runs it in another folder of the project.
    pub(crate) fn within(mut self, folder: &str) -> Run {
        self.0.current_dir(root().join(folder));
        self
    }

    /// Adds arguments, split at white space.
    pub(crate) fn words(mut self, words: &str) -> Run {
        self.0.args(words.split_whitespace());
        self
    }

    /// Adds one argument as it is.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Run {
        self.0.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Run {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end. Its output goes to standard error: standard output is for results.
    pub(crate) fn now(mut self) -> Result<(), Error> {
        if APART.get() {
            let said = self.logged(&root().join("target/apart.log"))?;
            eprint!("{said}");
            return Ok(());
        }
        self.0.stdout(io::stderr());
        self.end().map(drop)
    }

    /// Runs it to its end and returns its standard output.
    pub(crate) fn read(mut self) -> Result<String, Error> {
        self.0.stdout(Stdio::piped());
        Ok(String::from_utf8(self.end()?.stdout)?)
    }

    /// Runs it to its end in silence and returns whether it succeeded.
    pub(crate) fn works(mut self) -> bool {
        self.0.output().is_ok_and(|output| output.status.success())
    }

    /// Runs it to its end with its output in the file `log`, and returns that.
    pub(crate) fn logged(mut self, log: &Path) -> Result<String, Error> {
        let file = fs::File::create(log)?;
        self.0.stdout(file.try_clone()?).stderr(file);
        let done = self.end();
        let said = String::from_utf8_lossy(&fs::read(log)?).into_owned();
        match done {
            Ok(_) => Ok(said),
            Err(error) => Err(format!("{said}{error}").into()),
        }
    }

    fn end(&mut self) -> Result<Output, Error> {
        if FAILED.load(Ordering::Relaxed) {
            return Err(format!("not run, since another step failed: {self}").into());
        }
        eprintln!("\n$ {self}");
        let began = Instant::now();
        let output = self.0.spawn().and_then(Child::wait_with_output);
        let output = output.map_err(|error| format!("{self}: {error}; is it installed?"))?;
        if began.elapsed().as_secs() > 0 {
            eprintln!("# {} s: {self:#}", began.elapsed().as_secs());
        }
        if output.status.success() {
            Ok(output)
        } else {
            Err(format!("{}: {self}", output.status).into())
        }
    }

    /// Replaces this process with it, so that ending this one ends it.
    pub(crate) fn instead(mut self) -> Result<(), Error> {
        eprintln!("\n$ {self}");
        let error = self.0.exec();
        Err(format!("{self}: {error}").into())
    }
}

/// Formats it as you would type it; `{:#}` leaves the environment out.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &OsStr| {
            let text = text.display().to_string();
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-+.,:=/@%^".contains(c);
            if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{text}'") }
        };
        for (name, value) in self.0.get_envs() {
            if let Some(value) = value.filter(|_| name != "PATH" && !f.alternate()) {
                write!(f, "{}={} ", name.display(), quoted(value))?;
            }
        }
        f.write_str(&quoted(self.0.get_program()))?;
        self.0.get_args().try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

thread_local! {
    /// Whether the output of this thread's programs is printed in one piece when they end.
    static APART: Cell<bool> = const { Cell::new(false) };
}

/// Whether a step failed, so that the steps beside it stop.
static FAILED: AtomicBool = AtomicBool::new(false);

/// The steps that cannot run on this system, and why.
static SKIPPED: Mutex<Vec<&str>> = Mutex::new(Vec::new());

pub(crate) fn skip(step: &'static str) {
    eprintln!("\nSkipped: {step}");
    SKIPPED.lock().expect("no thread panics while it skips").push(step);
}

/// Says that the steps passed, how long they took, and which were skipped.
pub(crate) fn passed(start: Instant) {
    let skipped = SKIPPED.lock().expect("no thread panics while it skips");
    for step in &*skipped {
        println!("\nSkipped: {step}");
    }
    let all = if skipped.is_empty() { "All of it passed" } else { "The rest passed" };
    println!("\n{all}, in {} s, {} skipped.", start.elapsed().as_secs(), skipped.len());
}

/// Runs two lists of steps side by side, the second with its output apart.
pub(crate) fn beside(
    first: fn() -> Result<(), Error>,
    second: fn() -> Result<(), Error>,
) -> Result<(), Error> {
    let passes = |steps: fn() -> Result<(), Error>| {
        let done = steps().inspect_err(|error| {
            FAILED.store(true, Ordering::Relaxed);
            eprintln!("\nxtask: {error}");
        });
        done.is_ok()
    };
    fs::create_dir_all(root().join("target"))?;
    let both = std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            APART.set(true);
            passes(second)
        });
        let first = passes(first);
        second.join().unwrap_or(false) && first
    });
    if both { Ok(()) } else { Err("a step failed, see above".into()) }
}
