//! The list of users and groups.

use windhover_event::snapshot::{GroupEntry, Snapshot, UserEntry};

use super::has_entry;
use crate::cursor::{Cursor, put_entry, put_string};
use crate::error::{ReadCaptureError, ReadCaptureReason};

const USER: u8 = 0;
const GROUP: u8 = 1;
/// Longest string read: what the reference may write.
const MAX_READ: usize = 1024;
/// Longest string written: more, and the reference refuses the whole file.
const MAX_WRITE: usize = 255;

/// Adds the list's users and groups to `snapshot`.
pub(crate) fn read(mut body: Cursor<'_>, sized: bool, snapshot: &mut Snapshot) -> Result<(), ReadCaptureError> {
    while has_entry(&body) {
        if sized {
            let entry = &mut body.entry(true, "user")?;
            read_entry(entry, true, snapshot)?;
        } else {
            read_entry(&mut body, false, snapshot)?;
        }
    }
    Ok(())
}

fn read_entry(entry: &mut Cursor<'_>, sized: bool, snapshot: &mut Snapshot) -> Result<(), ReadCaptureError> {
    let start = entry.offset();
    match entry.u8("kind of user entry")? {
        USER => snapshot.users.push(UserEntry {
            uid: entry.u32("user id")?,
            gid: entry.u32("group id")?,
            name: entry.string(MAX_READ, "user name")?,
            homedir: entry.string(MAX_READ, "home directory")?,
            shell: entry.string(MAX_READ, "shell")?,
        }),
        GROUP => snapshot
            .groups
            .push(GroupEntry { gid: entry.u32("group id")?, name: entry.string(MAX_READ, "group name")? }),
        _ if sized => {}
        kind => {
            return Err(ReadCaptureReason::UnknownKind { what: "kind of user entry", number: kind.into() }.at(start));
        }
    }
    Ok(())
}

pub(crate) fn write(users: &[UserEntry], groups: &[GroupEntry], out: &mut Vec<u8>) {
    for user in users {
        put_entry(out, true, |out| {
            out.push(USER);
            out.extend_from_slice(&user.uid.to_le_bytes());
            out.extend_from_slice(&user.gid.to_le_bytes());
            put_string(out, &user.name, MAX_WRITE);
            put_string(out, &user.homedir, MAX_WRITE);
            put_string(out, &user.shell, MAX_WRITE);
        });
    }
    for group in groups {
        put_entry(out, true, |out| {
            out.push(GROUP);
            out.extend_from_slice(&group.gid.to_le_bytes());
            put_string(out, &group.name, MAX_WRITE);
        });
    }
}
