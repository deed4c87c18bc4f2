//! Running other programs, and saying so.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::Error;

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A command line, run in the project's folder.
pub(crate) struct Run {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    first_on_path: Option<PathBuf>,
}

impl Run {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Run {
        Run {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            first_on_path: None,
        }
    }

    /// More arguments, apart where there is white space.
    pub(crate) fn words(mut self, words: &str) -> Run {
        self.arguments.extend(words.split_whitespace().map(OsString::from));
        self
    }

    /// One more argument, whatever is in it.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Run {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Run {
        self.environment.push((name, value.as_ref().to_owned()));
        self
    }

    /// Looks programs up in `folder` first, this one and those that it runs.
    pub(crate) fn first_on_path(mut self, folder: &Path) -> Run {
        self.first_on_path = Some(folder.to_owned());
        self
    }

    /// Runs it to its end. What it says goes to standard error, as all that tells of progress:
    /// standard output is for results.
    pub(crate) fn now(self) -> Result<(), Error> {
        self.end(io::stderr().into()).map(drop)
    }

    /// Runs it to its end: what it wrote to standard output.
    pub(crate) fn read(self) -> Result<String, Error> {
        Ok(String::from_utf8(self.end(Stdio::piped())?.stdout)?)
    }

    /// Whether it can be run and ends well; it is not heard.
    pub(crate) fn works(&self) -> bool {
        self.command().output().is_ok_and(|output| output.status.success())
    }

    /// Runs it to its end with what it says in the file `log`: that text.
    pub(crate) fn logged(self, log: &Path) -> Result<String, Error> {
        let file = fs::File::create(log)?;
        let done = self.end_with(file.try_clone()?.into(), file.into());
        let said = String::from_utf8_lossy(&fs::read(log)?).into_owned();
        match done {
            Ok(_) => Ok(said),
            Err(error) => Err(format!("{said}\n{error}").into()),
        }
    }

    fn end(&self, stdout: Stdio) -> Result<Output, Error> {
        self.end_with(stdout, Stdio::inherit())
    }

    fn end_with(&self, stdout: Stdio, stderr: Stdio) -> Result<Output, Error> {
        eprintln!("\n$ {self}");
        let child = self.command().stdout(stdout).stderr(stderr).spawn();
        let output = child.and_then(std::process::Child::wait_with_output).map_err(|error| {
            format!("{} cannot be run: {error}; is it installed?", self.program.display())
        })?;
        if output.status.success() {
            Ok(output)
        } else {
            Err(format!("{}: {self}", output.status).into())
        }
    }

    /// Runs it in the place of this process, so that whoever ends this one ends it.
    pub(crate) fn instead(self) -> Result<(), Error> {
        #[cfg(unix)]
        {
            eprintln!("\n$ {self}");
            let error = std::os::unix::process::CommandExt::exec(&mut self.command());
            Err(format!("{} cannot be run: {error}", self.program.display()).into())
        }
        #[cfg(not(unix))]
        self.now()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(root());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.first_on_path {
            let mut path = folder.clone().into_os_string();
            path.push(":");
            path.push(env::var_os("PATH").unwrap_or_default());
            command.env("PATH", path);
        }
        command
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{name}='{}' ", value.display().to_string().replace('\x1f', " "))?;
        }
        if let Some(folder) = &self.first_on_path {
            write!(f, "PATH=\"{}:$PATH\" ", folder.display())?;
        }
        write!(f, "{}", self.program.display())?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {}", argument.display()))
    }
}
