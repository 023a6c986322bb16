//! What the open family of calls asks for.

use windhover_event::EventType;

use crate::values::EventValues;

/// Flag bits of open events, in the reference's own numbering.
mod flag {
    pub(super) const RDONLY: u32 = 1 << 0;
    pub(super) const WRONLY: u32 = 1 << 1;
    pub(super) const CREAT: u32 = 1 << 2;
    pub(super) const TMPFILE: u32 = 1 << 13;
    /// The kernel says that the call made the file.
    pub(super) const F_CREATED: u32 = 1 << 14;
}

/// Execute permission of user, group or others.
const ANY_EXECUTE: u32 = 0o111;

/// The calls whose flags are looked at.
pub(super) fn is_open(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::SYSCALL_OPEN_X
            | EventType::SYSCALL_OPENAT_2_X
            | EventType::SYSCALL_OPENAT2_X
            | EventType::SYSCALL_OPEN_BY_HANDLE_AT_X
    )
}

/// The parameter that holds the flags.
pub(crate) fn flags_at(kind: EventType) -> Option<usize> {
    let has_dir = kind == EventType::SYSCALL_OPENAT_2_X || kind == EventType::SYSCALL_OPENAT2_X;
    is_open(kind).then_some(if has_dir { 3 } else { 2 })
}

/// Flags, and the place of the mode behind them.
fn flags(v: &EventValues<'_>) -> Option<(u32, usize)> {
    let at = flags_at(v.event.kind())?;
    Some((v.event.u32(at).unwrap_or(0), at + 1))
}

fn has(v: &EventValues<'_>, bits: u32) -> bool {
    flags(v).is_some_and(|(flags, _)| flags & bits != 0)
}

pub(super) fn reads(v: &EventValues<'_>) -> bool {
    has(v, flag::RDONLY)
}

pub(super) fn writes(v: &EventValues<'_>) -> bool {
    has(v, flag::WRONLY)
}

/// Whether a file was made: the kernel says so, or it has no name and the call succeeded.
pub(super) fn creates(v: &EventValues<'_>) -> bool {
    has(v, flag::F_CREATED) || (has(v, flag::TMPFILE) && v.event.i64(0).is_some_and(|fd| fd >= 0))
}

/// Whether the call may make a file with execute permission.
pub(super) fn makes_executable(v: &EventValues<'_>) -> bool {
    let mode = match v.event.kind() {
        EventType::SYSCALL_CREAT_X => v.event.u32(2),
        EventType::SYSCALL_OPEN_BY_HANDLE_AT_X => None,
        _ => {
            flags(v).filter(|(flags, _)| flags & (flag::CREAT | flag::TMPFILE) != 0).and_then(|(_, at)| v.event.u32(at))
        }
    };
    mode.is_some_and(|mode| mode & ANY_EXECUTE != 0)
}
