//! Where the forms go: a file with a line of JSON for each, or standard output.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::contact::Contact;

/// What became of a form: the function's result.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum Answer {
    Stored,
    /// It was there already.
    Duplicate,
}

/// Keeps each form once, by its request id.
pub(crate) enum Store {
    File(Lines),
    /// With the ids that this instance wrote; nobody else's can be known.
    Stdout(HashSet<String>),
}

impl Store {
    pub(crate) fn open(path: &Path) -> io::Result<Store> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        Ok(Store::File(Lines { file, end: 0, known: HashSet::new() }))
    }

    pub(crate) fn stdout() -> Store {
        Store::Stdout(HashSet::new())
    }

    /// Writes the form, unless it is there. After an error the same form can be added again.
    pub(crate) fn add(&mut self, contact: &Contact) -> io::Result<Answer> {
        let id = &contact.request_id;
        let mut line = serde_json::to_vec(contact)?;
        line.push(b'\n');
        match self {
            Store::File(lines) => lines.add(id, &line),
            Store::Stdout(known) if known.contains(id) => Ok(Answer::Duplicate),
            Store::Stdout(known) => {
                io::stdout().write_all(&line)?;
                known.insert(id.clone());
                Ok(Answer::Stored)
            }
        }
    }
}

/// A file that only grows, by whole lines. Other instances may add to it too.
pub(crate) struct Lines {
    file: File,
    /// Up to where it has been read, and the ids up to there.
    end: u64,
    known: HashSet<String>,
}

impl Lines {
    fn add(&mut self, id: &str, line: &[u8]) -> io::Result<Answer> {
        self.file.lock()?;
        let answer = self.add_locked(id, line);
        self.file.unlock()?;
        answer
    }

    fn add_locked(&mut self, id: &str, line: &[u8]) -> io::Result<Answer> {
        self.catch_up()?;
        let answer = if self.known.contains(id) {
            Answer::Duplicate
        } else {
            // The id becomes known when the line is read again, so a write that fails needs no care.
            self.file.write_all(line)?;
            Answer::Stored
        };
        // For a duplicate too: who wrote it may have ended before this.
        if let Err(error) = self.file.sync_data() {
            if answer == Answer::Stored {
                // It may never reach the disk, so nobody is to find it.
                self.file.set_len(self.end)?;
            }
            return Err(error);
        }
        Ok(answer)
    }

    /// Reads what was added since, and cuts off a line without its line feed: somebody ended in the
    /// middle of it. Its form was never reported as stored, so Lambda brings it again.
    fn catch_up(&mut self) -> io::Result<()> {
        let mut file = BufReader::new(&self.file);
        file.seek(SeekFrom::Start(self.end))?;
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line)? > 0 {
            if !line.ends_with(b"\n") {
                return self.file.set_len(self.end);
            }
            // A line that somebody put there by hand may have no id.
            if let Ok(Stored { request_id }) = serde_json::from_slice(&line) {
                self.known.insert(request_id);
            }
            self.end += line.len() as u64;
            line.clear();
        }
        Ok(())
    }
}

/// What is read of a line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    request_id: String,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::thread;

    use super::*;

    /// An empty file's path.
    fn empty(test: &str) -> PathBuf {
        let name = format!("contact-form-{}-{test}.jsonl", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, "").unwrap();
        path
    }

    fn contact(id: &str) -> Contact {
        let event = r#"{"querystring":{"name":"Ada","email":"a@b","message":"日本\n語"}}"#;
        Contact::new(id, &serde_json::from_str(event).unwrap(), true)
    }

    /// The ids in the file, all of whose lines have to be whole.
    fn ids(path: &Path) -> Vec<String> {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.ends_with('\n'), "{text}");
        let id = |line| serde_json::from_str::<Stored>(line).unwrap().request_id;
        text.lines().map(id).collect()
    }

    #[test]
    fn keeps_each_form_once() {
        let path = empty("once");
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("2")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Duplicate);
        drop(store);
        let mut again = Store::open(&path).unwrap();
        assert_eq!(again.add(&contact("2")).unwrap(), Answer::Duplicate);
        assert_eq!(again.add(&contact("3")).unwrap(), Answer::Stored);
        assert_eq!(ids(&path), ["1", "2", "3"]);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn keeps_each_form_once_on_standard_output() {
        let mut store = Store::stdout();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Duplicate);
    }

    #[test]
    fn sees_what_others_add() {
        let path = empty("others");
        let mut one = Store::open(&path).unwrap();
        let mut other = Store::open(&path).unwrap();
        assert_eq!(one.add(&contact("1")).unwrap(), Answer::Stored);
        assert_eq!(other.add(&contact("1")).unwrap(), Answer::Duplicate);
        assert_eq!(other.add(&contact("2")).unwrap(), Answer::Stored);
        assert_eq!(one.add(&contact("2")).unwrap(), Answer::Duplicate);
        assert_eq!(ids(&path), ["1", "2"]);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn takes_turns_with_others() {
        let path = empty("turns");
        let stored: usize = thread::scope(|scope| {
            let instance = || {
                let mut store = Store::open(&path).unwrap();
                let forms = (0..25).map(|id| store.add(&contact(&id.to_string())).unwrap());
                forms.filter(|answer| *answer == Answer::Stored).count()
            };
            let instances: Vec<_> = (0..4).map(|_| scope.spawn(instance)).collect();
            instances.into_iter().map(|instance| instance.join().unwrap()).sum()
        });
        assert_eq!(stored, 25);
        let expected: Vec<String> = (0..25).map(|id| id.to_string()).collect();
        assert_eq!(ids(&path), expected);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn cuts_off_a_torn_line() {
        let path = empty("torn");
        let mut store = Store::open(&path).unwrap();
        store.add(&contact("1")).unwrap();
        store.add(&contact("2")).unwrap();
        let whole = fs::read(&path).unwrap();
        let second = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        // At every place, in the middle of a character and just before the line feed too.
        for end in second + 1..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let mut store = Store::open(&path).unwrap();
            assert_eq!(store.add(&contact("1")).unwrap(), Answer::Duplicate);
            assert_eq!(store.add(&contact("2")).unwrap(), Answer::Stored);
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn lets_other_lines_be() {
        let path = empty("foreign");
        fs::write(&path, "# by hand\n\n{\"requestId\":\"1\"}\n").unwrap();
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Duplicate);
        assert_eq!(store.add(&contact("2")).unwrap(), Answer::Stored);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# by hand\n\n{\"requestId\":\"1\"}\n{\"requestId\":\"2\","));
        fs::remove_file(path).unwrap();
    }
}
