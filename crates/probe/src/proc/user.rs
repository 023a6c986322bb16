//! `etc/passwd` and `etc/group` below a root.

use std::fs;
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
    let path = root.join(table);
    // What a container puts there is its own choice: only regular files, and not large ones, are opened.
    match fs::metadata(&path) {
        Ok(found) if found.is_file() && found.len() <= MAX_TABLE_BYTES => fs::read(path).unwrap_or_default(),
        _ => Vec::new(),
    }
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
}
