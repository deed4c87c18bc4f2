//! Stores each form as a line of JSON, in a file or on standard output.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::mem;
use std::path::{Path, PathBuf};

use same_file::Handle;
use serde::{Deserialize, Serialize};

use crate::contact::Contact;

/// The function's result.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum Answer {
    Stored,
    /// The form was stored before.
    Duplicate,
}

/// Keeps each form once, by its request id.
pub(crate) enum Store {
    File(Lines),
    /// Holds the ids that this instance wrote. It cannot know those of other instances.
    Stdout(HashSet<String>),
}

impl Store {
    pub(crate) fn open(path: &Path) -> io::Result<Store> {
        Ok(Store::File(Lines::open(path).map_err(|error| named(path, &error))?))
    }

    pub(crate) fn stdout() -> Store {
        Store::Stdout(HashSet::new())
    }

    /// Stores the form unless it is stored already. After an error you can add the same form again.
    pub(crate) fn add(&mut self, contact: &Contact) -> io::Result<Answer> {
        let id = &contact.request_id;
        let mut line = serde_json::to_vec(contact)?;
        line.push(b'\n');
        match self {
            Store::File(lines) => lines.add(id, &line).map_err(|error| named(&lines.path, &error)),
            Store::Stdout(known) if known.contains(id) => Ok(Answer::Duplicate),
            Store::Stdout(known) => {
                io::stdout().write_all(&line)?;
                known.insert(id.clone());
                Ok(Answer::Stored)
            }
        }
    }
}

/// Adds the setting and the path to `error`.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("CONTACTS_FILE={}: {error}", path.display()))
}

/// A file of whole lines that other instances may add to. Anybody may truncate or replace it, so the
/// file at the path is looked at again for each form.
pub(crate) struct Lines {
    path: PathBuf,
    /// The file that was read. It stays open so that no other file gets its inode.
    read: Handle,
    /// The length of the part that was read.
    end: u64,
    /// The last line of that part.
    last: Vec<u8>,
    /// The ids in that part.
    known: HashSet<String>,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Lines> {
        let read = open(path)?;
        Ok(Lines { path: path.to_owned(), read, end: 0, last: Vec::new(), known: HashSet::new() })
    }

    fn add(&mut self, id: &str, line: &[u8]) -> io::Result<Answer> {
        let locked = self.lock()?;
        let mut file = locked.as_file();
        self.catch_up(file)?;
        let answer = if self.known.contains(id) {
            Answer::Duplicate
        } else {
            // `catch_up` learns the id from the file, so a failed write leaves nothing to undo here.
            file.write_all(line)?;
            Answer::Stored
        };
        // A duplicate needs this too: its writer may have died before its own `sync_data`.
        if let Err(error) = file.sync_data() {
            if answer == Answer::Stored {
                // The line may never reach the disk, so no instance may find it.
                file.set_len(self.end)?;
            }
            return Err(error);
        }
        Ok(answer)
    }

    /// Opens the file at the path and locks it until the handle is dropped. Forgets the old ids if
    /// it is another file than before.
    fn lock(&mut self) -> io::Result<Handle> {
        loop {
            let locked = open(&self.path)?;
            locked.as_file().lock()?;
            // Another file may have replaced it during the wait for the lock.
            let read = open(&self.path)?;
            if read != locked {
                continue;
            }
            if read != self.read {
                self.forget();
                self.read = read;
            }
            return Ok(locked);
        }
    }

    /// Reads the lines added since the last call. Cuts off a line without a line feed, whose writer
    /// died halfway: that instance never reported the form as stored, so Lambda sends it again.
    ///
    /// To notice truncation, compares the last line read, not the length: other instances may have
    /// added to the file since.
    fn catch_up(&mut self, file: &File) -> io::Result<()> {
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        lines.seek(SeekFrom::Start(self.end - self.last.len() as u64))?;
        lines.read_until(b'\n', &mut line)?;
        if line != self.last {
            self.forget();
        }
        lines.seek(SeekFrom::Start(self.end))?;
        line.clear();
        while lines.read_until(b'\n', &mut line)? > 0 {
            if !line.ends_with(b"\n") {
                return file.set_len(self.end);
            }
            // A line that somebody wrote by hand may have no id.
            if let Ok(Stored { request_id }) = serde_json::from_slice(&line) {
                self.known.insert(request_id);
            }
            self.end += line.len() as u64;
            mem::swap(&mut self.last, &mut line);
            line.clear();
        }
        Ok(())
    }

    /// Makes the next `catch_up` read the file from the start.
    fn forget(&mut self) {
        self.end = 0;
        self.last.clear();
        self.known.clear();
    }
}

/// Opens the file at `path`, and creates it if there is none.
fn open(path: &Path) -> io::Result<Handle> {
    Handle::from_file(OpenOptions::new().read(true).append(true).create(true).open(path)?)
}

/// The part of a stored line that matters for finding duplicates.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    request_id: String,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use super::*;

    /// Creates an empty file and returns its path.
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

    /// Reads the ids in the file, and checks that every line is whole.
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
        // Cut at every byte, also inside a character and just before the line feed.
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
    fn leaves_lines_of_others_alone() {
        let path = empty("foreign");
        fs::write(&path, "# by hand\n\n{\"requestId\":\"1\"}\n").unwrap();
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Duplicate);
        assert_eq!(store.add(&contact("2")).unwrap(), Answer::Stored);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# by hand\n\n{\"requestId\":\"1\"}\n{\"requestId\":\"2\","));
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn starts_a_new_file_after_a_move() {
        let (path, old) = (empty("moved"), empty("moved-old"));
        let mut store = Store::open(&path).unwrap();
        store.add(&contact("1")).unwrap();
        store.add(&contact("2")).unwrap();
        fs::rename(&path, &old).unwrap();
        assert_eq!(store.add(&contact("3")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("2")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("3")).unwrap(), Answer::Duplicate);
        assert_eq!(ids(&old), ["1", "2"]);
        assert_eq!(ids(&path), ["3", "2"]);
        // Move it back over the new file, which ends with the same line.
        fs::rename(&old, &path).unwrap();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Duplicate);
        assert_eq!(store.add(&contact("3")).unwrap(), Answer::Stored);
        assert_eq!(ids(&path), ["1", "2", "3"]);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn starts_a_new_file_after_a_removal() {
        let path = empty("removed");
        let mut store = Store::open(&path).unwrap();
        store.add(&contact("1")).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("2")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("2")).unwrap(), Answer::Duplicate);
        // A file that ends with the same line, and would get the same inode if that were free.
        let whole = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, whole.replacen("\"1\"", "\"3\"", 1)).unwrap();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Stored);
        assert_eq!(store.add(&contact("3")).unwrap(), Answer::Duplicate);
        assert_eq!(ids(&path), ["3", "2", "1"]);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn names_a_file_that_cannot_be_created() {
        let folder = empty("folder");
        fs::remove_file(&folder).unwrap();
        let path = folder.join("contacts.jsonl");
        let missing = format!("CONTACTS_FILE={}: ", path.display());
        let error = Store::open(&path).err().unwrap().to_string();
        assert!(error.starts_with(&missing), "{error}");
        fs::create_dir(&folder).unwrap();
        let mut store = Store::open(&path).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let error = store.add(&contact("1")).unwrap_err().to_string();
        assert!(error.starts_with(&missing), "{error}");
        fs::create_dir(&folder).unwrap();
        assert_eq!(store.add(&contact("1")).unwrap(), Answer::Stored);
        assert_eq!(ids(&path), ["1"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn reads_the_rest_of_a_truncated_file() {
        let path = empty("truncated");
        let mut store = Store::open(&path).unwrap();
        store.add(&contact("1")).unwrap();
        let first = fs::read(&path).unwrap();
        store.add(&contact("2")).unwrap();
        let both = fs::read(&path).unwrap();
        for end in 0..both.len() {
            let mut store = Store::open(&path).unwrap();
            assert_eq!(store.add(&contact("2")).unwrap(), Answer::Duplicate);
            OpenOptions::new().write(true).open(&path).unwrap().set_len(end as u64).unwrap();
            let left = if end < first.len() { Answer::Stored } else { Answer::Duplicate };
            assert_eq!(store.add(&contact("1")).unwrap(), left, "at {end}");
            assert_eq!(store.add(&contact("2")).unwrap(), Answer::Stored, "at {end}");
            assert_eq!(fs::read(&path).unwrap(), both, "at {end}");
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn notices_truncation_of_a_file_that_grew_again() {
        let path = empty("refilled");
        let mut others = Store::open(&path).unwrap();
        for id in ["1", "2", "3", "4", "5"] {
            others.add(&contact(id)).unwrap();
        }
        let five = fs::read(&path).unwrap();
        // The second line ends where theirs does ("b"), or does not ("bb").
        for (torn, second) in (0..40).flat_map(|torn| [(torn, "b"), (torn, "bb")]) {
            fs::write(&path, "").unwrap();
            let mut store = Store::open(&path).unwrap();
            store.add(&contact("a")).unwrap();
            store.add(&contact(second)).unwrap();
            assert_eq!(store.add(&contact(second)).unwrap(), Answer::Duplicate);
            // The file is longer than the part read before; from `torn` 1 on its last line is torn.
            fs::write(&path, &five[..five.len() - torn]).unwrap();
            let fifth = if torn == 0 { Answer::Duplicate } else { Answer::Stored };
            assert_eq!(store.add(&contact("5")).unwrap(), fifth);
            assert_eq!(store.add(&contact("1")).unwrap(), Answer::Duplicate);
            assert_eq!(store.add(&contact("a")).unwrap(), Answer::Stored);
            assert_eq!(ids(&path), ["1", "2", "3", "4", "5", "a"]);
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn never_writes_to_a_file_that_was_moved_away() {
        const FORMS: usize = 200;
        let path = empty("rotated");
        let mut moved = Vec::new();
        thread::scope(|scope| {
            let instance = |number| {
                let path = &path;
                move || {
                    let mut store = Store::open(path).unwrap();
                    for form in 0..FORMS {
                        let form = contact(&format!("{number}-{form}"));
                        assert_eq!(store.add(&form).unwrap(), Answer::Stored);
                    }
                }
            };
            let instances: Vec<_> = (0..4).map(|number| scope.spawn(instance(number))).collect();
            // A file that is moved under the lock must get no further line.
            loop {
                let last = instances.iter().all(thread::ScopedJoinHandle::is_finished);
                let file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
                file.lock().unwrap();
                let whole = fs::read(&path).unwrap();
                if !whole.is_empty() {
                    let old = path.with_extension(moved.len().to_string());
                    fs::rename(&path, &old).unwrap();
                    moved.push((old, whole));
                }
                if last {
                    break;
                }
            }
        });
        let mut stored = Vec::new();
        for (old, whole) in moved {
            assert!(fs::read(&old).unwrap() == whole, "{} has grown since", old.display());
            stored.extend(ids(&old));
            fs::remove_file(old).unwrap();
        }
        let forms: HashSet<_> = stored.iter().collect();
        assert_eq!((stored.len(), forms.len()), (4 * FORMS, 4 * FORMS));
    }
}
