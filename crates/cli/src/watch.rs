//! Watches the files that a run was made from, and asks for a reload when they change.
//!
//! Files are looked at on a thread of its own, by name and through links: so a file renamed over another, and the switch
//! of the link behind a mounted ConfigMap, are changes like any other.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often files are looked at. A change counts once two looks in a row agree: by then whoever wrote is done.
const INTERVAL: Duration = Duration::from_millis(500);

/// What is looked at; a reload may change it.
pub type Watched = Arc<Mutex<Vec<PathBuf>>>;

/// Looks at files until it is dropped.
#[derive(Debug)]
pub struct Watch {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Sets `reload` whenever one of the files, or a file in one of the folders, has changed.
    ///
    /// # Errors
    /// There can be no more threads.
    pub fn start(watched: Watched, reload: Arc<AtomicBool>) -> io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&ended);
        let now = move || look(&watched.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let mut changes = Changes::since(now());
        let thread = thread::Builder::new().name("watch".to_owned()).spawn(move || {
            while !over.load(Ordering::Relaxed) {
                thread::park_timeout(INTERVAL);
                if changes.settled(now()) {
                    reload.store(true, Ordering::Relaxed);
                }
            }
        })?;
        Ok(Self { ended, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            _ = thread.join();
        }
    }
}

/// What tells one state of a file from another; `None` where there is no such file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    of: Option<[i64; 6]>,
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let numbers = |file: Metadata| {
            let (dev, ino, size) = (file.dev() as i64, file.ino() as i64, file.size() as i64);
            // The time of the last change of the inode tells more than that of the contents, which can be set.
            [dev, ino, size, file.mtime(), file.mtime_nsec(), file.ctime_nsec()]
        };
        Self { path: path.to_owned(), of: fs::metadata(path).ok().map(numbers) }
    }
}

fn look(paths: &[PathBuf]) -> Vec<Stamp> {
    let mut stamps = Vec::new();
    for path in paths {
        match fs::read_dir(path) {
            Ok(entries) => {
                let mut members: Vec<_> = entries.flatten().map(|entry| Stamp::of(&entry.path())).collect();
                members.sort_unstable_by(|a, b| a.path.cmp(&b.path));
                stamps.append(&mut members);
            }
            Err(_) => stamps.push(Stamp::of(path)),
        }
    }
    stamps
}

/// Tells settled changes from files that are being written.
#[derive(Debug)]
struct Changes {
    in_force: Vec<Stamp>,
    last: Vec<Stamp>,
}

impl Changes {
    fn since(now: Vec<Stamp>) -> Self {
        Self { in_force: now.clone(), last: now }
    }

    /// Whether the files differ from those in force and have not changed since the last look.
    fn settled(&mut self, now: Vec<Stamp>) -> bool {
        let settled = now == self.last && now != self.in_force;
        if settled {
            self.in_force.clone_from(&now);
        }
        self.last = now;
        settled
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// How often a reload is asked for in so many looks.
    fn reloads(changes: &mut Changes, paths: &[PathBuf], looks: usize) -> usize {
        (0..looks).filter(|_| changes.settled(look(paths))).count()
    }

    #[test]
    fn a_change_asks_once_and_only_when_it_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rules.yaml");
        fs::write(&file, "a").unwrap();
        let paths = [file.clone(), folder.path().join("missing.yaml")];
        let mut changes = Changes::since(look(&paths));
        assert_eq!(reloads(&mut changes, &paths, 3), 0);
        fs::write(&file, "ab").unwrap();
        assert!(!changes.settled(look(&paths)), "it may still be written");
        fs::write(&file, "abc").unwrap();
        assert!(!changes.settled(look(&paths)), "it was still written");
        assert_eq!(reloads(&mut changes, &paths, 3), 1);
        fs::write(&paths[1], "now it is there").unwrap();
        assert_eq!(reloads(&mut changes, &paths, 3), 1);
    }

    #[test]
    fn renamed_files_new_ones_in_folders_and_switched_links_are_changes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for version in ["v1", "v2"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("rules.yaml"), version).unwrap();
        }
        symlink("v1", at("..data")).unwrap();
        symlink("..data/rules.yaml", at("rules.yaml")).unwrap();
        fs::create_dir(at("rules.d")).unwrap();
        fs::write(at("main.yaml"), "1").unwrap();
        let paths = [at("main.yaml"), at("rules.yaml"), at("rules.d")];
        let mut changes = Changes::since(look(&paths));

        symlink("v2", at("..new")).unwrap();
        fs::rename(at("..new"), at("..data")).unwrap();
        assert_eq!(reloads(&mut changes, &paths, 3), 1, "the link of a ConfigMap");
        fs::write(at("main.tmp"), "2").unwrap();
        fs::rename(at("main.tmp"), at("main.yaml")).unwrap();
        assert_eq!(reloads(&mut changes, &paths, 3), 1, "a file renamed over another");
        fs::write(at("rules.d").join("more.yaml"), "").unwrap();
        assert_eq!(reloads(&mut changes, &paths, 3), 1, "a new file in a folder");
        assert_eq!(reloads(&mut changes, &paths, 3), 0);
    }

    #[test]
    fn the_thread_asks_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rules.yaml");
        fs::write(&file, "a").unwrap();
        let reload = Arc::new(AtomicBool::new(false));
        let watched: Watched = Arc::new(Mutex::new(vec![file.clone()]));
        let watch = Watch::start(Arc::clone(&watched), Arc::clone(&reload)).unwrap();
        let until_asked = || {
            while !reload.swap(false, Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(20));
            }
        };
        fs::write(&file, "another").unwrap();
        until_asked();
        // What is looked at from now on may have changed meanwhile.
        watched.lock().unwrap().push(folder.path().join("more"));
        until_asked();
        fs::write(folder.path().join("more"), "").unwrap();
        until_asked();
        drop(watch);
    }
}
