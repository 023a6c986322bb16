//! `fs.path.*` fields: what a successful file system call acted on.

use windhover_event::EventType;
use windhover_event::path::join_path;
use windhover_filter::{Scope, Scratch, Value};

use super::parameter;
use crate::definition::{Class, Definition, Maker};
use crate::kind::{EventKind, Known};
use crate::values::{EventValues, built, text};

const F: Maker = Maker { class: Class::FsPath, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("fs.path.name", "Path that the call acted on, absolute.")
        .get(|v, _, scratch| path(v, scratch, Which::Name, false))
        .known(|kind, _| known(kind, Which::Name)),
    F.text("fs.path.nameraw", "Path that the call acted on, as given.")
        .get(|v, _, scratch| path(v, scratch, Which::Name, true))
        .known(|kind, _| known(kind, Which::Name)),
    F.text("fs.path.source", "First path of a rename, link, symlink or mount, absolute.")
        .get(|v, _, scratch| path(v, scratch, Which::Source, false))
        .known(|kind, _| known(kind, Which::Source)),
    F.text("fs.path.sourceraw", "First path of a rename, link, symlink or mount, as given.")
        .get(|v, _, scratch| path(v, scratch, Which::Source, true))
        .known(|kind, _| known(kind, Which::Source)),
    F.text("fs.path.target", "Second path of a rename, link, symlink or mount, absolute.")
        .get(|v, _, scratch| path(v, scratch, Which::Target, false))
        .known(|kind, _| known(kind, Which::Target)),
    F.text("fs.path.targetraw", "Second path of a rename, link, symlink or mount, as given.")
        .get(|v, _, scratch| path(v, scratch, Which::Target, true))
        .known(|kind, _| known(kind, Which::Target)),
    F.text(
        "fs.path.resolved",
        "Path of the opened file as the kernel resolved it, symbolic links followed; Windhover's own.",
    )
    .get(|v, _, _| text(v.event.resolved_path()?)),
];

/// Which of a call's paths.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Name,
    Source,
    Target,
}

/// Where a path comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// A parameter, relative to the working directory.
    Cwd(usize),
    /// A parameter, relative to the directory whose descriptor is another one.
    Dir(usize, usize),
    /// The name of the descriptor that the event is about; the raw form is the same.
    Fd,
    /// The descriptor's name, and the parameter for the raw form.
    Opened(usize),
}

fn origin(kind: EventType, which: Which) -> Option<Origin> {
    match which {
        Which::Name => name_origin(kind),
        Which::Source => Some(match kind {
            EventType::SYSCALL_RENAME_X => Origin::Cwd(1),
            EventType::SYSCALL_RENAMEAT_X | EventType::SYSCALL_RENAMEAT2_X => Origin::Cwd(2),
            EventType::SYSCALL_LINK_2_X => Origin::Cwd(2),
            EventType::SYSCALL_LINKAT_2_X => Origin::Cwd(4),
            EventType::SYSCALL_SYMLINK_X => Origin::Cwd(2),
            EventType::SYSCALL_SYMLINKAT_X => Origin::Dir(2, 3),
            EventType::SYSCALL_MOUNT_X => Origin::Cwd(1),
            _ => return None,
        }),
        Which::Target => Some(match kind {
            EventType::SYSCALL_RENAME_X => Origin::Cwd(2),
            EventType::SYSCALL_RENAMEAT_X | EventType::SYSCALL_RENAMEAT2_X => Origin::Cwd(4),
            EventType::SYSCALL_LINK_2_X => Origin::Cwd(1),
            EventType::SYSCALL_LINKAT_2_X => Origin::Cwd(2),
            EventType::SYSCALL_SYMLINK_X | EventType::SYSCALL_SYMLINKAT_X => Origin::Cwd(1),
            EventType::SYSCALL_MOUNT_X => Origin::Cwd(2),
            _ => return None,
        }),
    }
}

fn name_origin(kind: EventType) -> Option<Origin> {
    Some(match kind {
        EventType::SYSCALL_MKDIR_2_X | EventType::SYSCALL_RMDIR_2_X | EventType::SYSCALL_UNLINK_2_X => Origin::Cwd(1),
        EventType::SYSCALL_CHMOD_X | EventType::SYSCALL_CHOWN_X | EventType::SYSCALL_LCHOWN_X => Origin::Cwd(1),
        EventType::SYSCALL_UMOUNT_X | EventType::SYSCALL_UMOUNT_1_X | EventType::SYSCALL_UMOUNT2_X => Origin::Cwd(1),
        EventType::SYSCALL_QUOTACTL_X => Origin::Cwd(1),
        EventType::SYSCALL_MKDIRAT_X | EventType::SYSCALL_UNLINKAT_2_X => Origin::Dir(1, 2),
        EventType::SYSCALL_FCHMODAT_X | EventType::SYSCALL_FCHOWNAT_X => Origin::Dir(1, 2),
        EventType::SYSCALL_OPEN_X => Origin::Cwd(1),
        EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X => Origin::Opened(2),
        EventType::SYSCALL_FCHMOD_X | EventType::SYSCALL_FCHOWN_X => Origin::Fd,
        _ => return None,
    })
}

fn known(kind: EventKind, which: Which) -> Known {
    if origin(kind.event_type(), which).is_some() { Known::Nothing } else { Known::Missing }
}

/// Whether the call succeeded. An open counts unless its result is -1, so that one that failed for another reason than
/// permission has a path, as in the reference.
fn succeeded(v: &EventValues<'_>) -> bool {
    let Some(result) = v.event.i64(0) else { return false };
    match v.event.kind() {
        EventType::SYSCALL_OPEN_X | EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X => result != -1,
        _ => result == 0,
    }
}

fn path<'a>(v: &'a EventValues<'_>, scratch: &'a mut Scratch, which: Which, raw: bool) -> Option<Value<'a>> {
    let origin = origin(v.event.kind(), which)?;
    if !succeeded(v) {
        return None;
    }
    v.thread()?;
    let fd_name = || text(&v.context.fd()?.name);
    match origin {
        Origin::Fd => fd_name(),
        Origin::Opened(_) if !raw && v.context.fd().is_some() => fd_name(),
        Origin::Opened(at) if !raw => {
            let path = given(v, at)?;
            built(scratch, |out| parameter::push_path(v, v.event.i64(at - 1).unwrap_or(-1), path, out))
        }
        Origin::Cwd(at) | Origin::Dir(_, at) | Origin::Opened(at) if raw => text(given(v, at)?),
        Origin::Opened(at) => text(given(v, at)?),
        Origin::Cwd(at) => {
            let path = given(v, at)?;
            built(scratch, |out| join_path(v.context.cwd(), path, out))
        }
        Origin::Dir(dir, at) => {
            let path = given(v, at)?;
            let dir = v.event.i64(dir).unwrap_or(-1);
            built(scratch, |out| parameter::push_path(v, dir, path, out))
        }
    }
}

fn given<'a>(v: &'a EventValues<'_>, at: usize) -> Option<&'a [u8]> {
    v.event.param(at).map(|_| v.event.str(at).unwrap_or(b"<NA>"))
}
