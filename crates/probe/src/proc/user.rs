//! `etc/passwd` and `etc/group` below a root.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use windhover_event::snapshot::{GroupEntry, UserEntry};

/// Files larger than this are not read: they are not user tables.
const MAX_TABLE_BYTES: u64 = 16 << 20;

/// Users of `root`. Root itself is there even if the table is not.
pub(super) fn users(root: &Path) -> Vec<UserEntry> {
    let mut users: Vec<UserEntry> = lines(&read(root, "etc/passwd")).filter_map(parse_user).collect();
    if !users.iter().any(|user| user.uid == 0) {
        let shell = Vec::new();
        users.push(UserEntry { uid: 0, gid: 0, name: b"root".to_vec(), homedir: b"/root".to_vec(), shell });
    }
    users
}

/// Groups of `root`.
pub(super) fn groups(root: &Path) -> Vec<GroupEntry> {
    lines(&read(root, "etc/group")).filter_map(parse_group).collect()
}

fn read(root: &Path, table: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What a container puts there is its own choice: only regular files, and not large ones, are read.
    let file = open_below(root, table)
        .filter(|file| file.metadata().is_ok_and(|found| found.is_file() && found.len() <= MAX_TABLE_BYTES));
    match file.map(|file| file.take(MAX_TABLE_BYTES).read_to_end(&mut bytes)) {
        Some(Ok(_)) => bytes,
        _ => Vec::new(),
    }
}

/// Opens a file below a root folder as a process there would: links, absolute ones too, lead nowhere else.
fn open_below(root: &Path, table: &str) -> Option<File> {
    let folder = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(root).ok()?;
    let path = CString::new(table).ok()?;
    // SAFETY: `open_how` is plain data, for which zeros are a value.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    how.flags = (libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOCTTY) as u64;
    how.resolve = libc::RESOLVE_IN_ROOT | libc::RESOLVE_NO_MAGICLINKS;
    let (at, size) = (folder.as_raw_fd(), size_of::<libc::open_how>());
    // SAFETY: the path is a C string and `how` has the size that is said; both outlive the call.
    let opened = unsafe { libc::syscall(libc::SYS_openat2, at, path.as_ptr(), &raw const how, size) };
    if let Ok(descriptor) = RawFd::try_from(opened)
        && descriptor >= 0
    {
        // SAFETY: the call has just made it, and nobody else knows it.
        return Some(unsafe { File::from_raw_fd(descriptor) });
    }
    let unknown = [Some(libc::ENOSYS), Some(libc::EPERM)].contains(&io::Error::last_os_error().raw_os_error());
    if unknown { open_without_links(root, table) } else { None }
}

/// The same for kernels before 5.6, and where a filter of system calls does not know the newer one: no link is followed at all.
fn open_without_links(root: &Path, table: &str) -> Option<File> {
    let mut at = root.to_owned();
    let mut file = None;
    for part in Path::new(table) {
        let parent = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(&at).ok()?;
        let inside = Path::new("/proc/self/fd").join(parent.as_raw_fd().to_string()).join(part);
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(inside).ok()?;
        // The next part is looked for in what was opened, whatever its name leads to by then.
        at = Path::new("/proc/self/fd").join(opened.as_raw_fd().to_string());
        file = Some(opened);
    }
    file
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n')
}

fn fields(line: &[u8]) -> Vec<&[u8]> {
    line.split(|&byte| byte == b':').collect()
}

fn number(field: &[u8]) -> Option<u32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// `name:password:uid:gid:comment:home:shell`.
fn parse_user(line: &[u8]) -> Option<UserEntry> {
    let fields = fields(line);
    let at = |index: usize| fields.get(index).map(|field| field.to_vec()).unwrap_or_default();
    Some(UserEntry {
        uid: number(fields.get(2)?)?,
        gid: number(fields.get(3)?)?,
        name: at(0),
        homedir: at(5),
        shell: at(6),
    })
}

/// `name:password:gid:members`.
fn parse_group(line: &[u8]) -> Option<GroupEntry> {
    let fields = fields(line);
    Some(GroupEntry { gid: number(fields.get(2)?)?, name: fields.first()?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_users_and_groups() {
        let user = parse_user(b"app:x:1000:1001:An app,,,:/home/app:/bin/sh").unwrap();
        assert_eq!((user.uid, user.gid, user.name.as_slice()), (1000, 1001, &b"app"[..]));
        assert_eq!((user.homedir.as_slice(), user.shell.as_slice()), (&b"/home/app"[..], &b"/bin/sh"[..]));
        assert_eq!(parse_group(b"adm:x:4:a,b"), Some(GroupEntry { gid: 4, name: b"adm".to_vec() }));
        for line in [&b""[..], b"+::::::", b"x:y", b"x:y:z:1:2:3:4"] {
            assert_eq!(parse_user(line), None);
        }
    }

    #[test]
    fn root_is_there_without_a_table() {
        let users = users(Path::new("/nonexistent"));
        assert_eq!(
            (users.len(), users[0].name.as_slice(), users[0].homedir.as_slice()),
            (1, &b"root"[..], &b"/root"[..])
        );
    }

    #[test]
    fn links_lead_nowhere_outside_of_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir_all(root.join("etc")).unwrap();
        std::fs::create_dir(root.join("usr")).unwrap();
        std::fs::write(folder.path().join("outside"), "host:x:7:7::/:\n").unwrap();
        std::fs::write(root.join("usr/passwd"), "inside:x:8:8::/:\n").unwrap();
        let table = root.join("etc/passwd");
        let names = |read: &dyn Fn(&Path, &str) -> Option<File>| {
            let mut text = String::new();
            let whole = read(&root, "etc/passwd").map(|mut file| file.read_to_string(&mut text));
            whole.and_then(Result::ok)?;
            text.split(':').next().map(str::to_owned)
        };
        let outside = folder.path().join("outside");
        // The target of a link, whom a process inside would find, and whether it is a file at all.
        for (target, want) in [
            (outside.to_str().unwrap(), None),
            ("../../outside", None),
            ("../../../../../../../../etc/passwd", None),
            ("/usr/passwd", Some("inside")),
            ("../usr/passwd", Some("inside")),
            ("../../../usr/passwd", Some("inside")),
        ] {
            std::os::unix::fs::symlink(target, &table).unwrap();
            assert_eq!(names(&open_below).as_deref(), want, "{target}");
            assert_eq!(names(&open_without_links), None, "{target}");
            std::fs::remove_file(&table).unwrap();
        }
        std::fs::copy(root.join("usr/passwd"), &table).unwrap();
        assert_eq!(names(&open_below).as_deref(), Some("inside"));
        assert_eq!(names(&open_without_links).as_deref(), Some("inside"));
        // The folder may be a link, too.
        std::fs::rename(root.join("etc"), folder.path().join("etc")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("etc"), root.join("etc")).unwrap();
        assert_eq!((names(&open_below), names(&open_without_links)), (None, None));
    }
}
