//! What fields are functions of: the same bytes of the event and its descriptor, the same value.
//!
//! Several fields tell the same path in different ways, and a flag's text is dearer than its number. Who wants to know
//! whether an event is like another one compares what these values come from instead of the values.

use std::sync::Arc;

use windhover_event::{EventType, ParamType};
use windhover_filter::Field;

use crate::class::DEFINITIONS;
use crate::class::evt::result;
use crate::class::fd::{fd, push_name_from_event};
use crate::class::open::flags_at;
use crate::class::parameter::push_text;
use crate::param;
use crate::values::EventValues;

/// The descriptor's kind and name, also as the call was given it.
const DESCRIPTOR: u32 = 0;
/// The error, if there was one.
const ERROR: u32 = 2;
/// The parameter at the place behind this number.
const PARAM: u32 = 16;
/// The same for paths, which may be relative to a directory.
const PATH: u32 = 1024;

/// The origin of a field for the event's type, if it is a simple one.
pub(crate) fn of(v: &EventValues<'_>, field: &Field) -> Option<u32> {
    match DEFINITIONS.get(usize::from(field.def))?.name {
        "fd.type" | "fd.typechar" | "fd.name" | "fd.nameraw" | "fd.directory" | "fd.filename" => Some(DESCRIPTOR),
        "evt.res" => Some(ERROR),
        "evt.is_open_read" | "evt.is_open_write" => Some(PARAM + flags_at(v.event.kind())? as u32),
        "evt.arg" | "evt.rawarg" => {
            let (at, info) = param::find(v.event.kind(), &field.arg)?;
            let at = at as u32;
            match info.kind {
                ParamType::FsPath | ParamType::FsRelPath => Some(PATH + at),
                kind => tells_its_text(kind).then_some(PARAM + at),
            }
        }
        _ => None,
    }
}

/// Whether a parameter's text needs nothing but the parameter: no descriptor, process or directory by its number.
fn tells_its_text(kind: ParamType) -> bool {
    use ParamType as P;
    matches!(
        kind,
        P::CharBuf
            | P::ByteBuf
            | P::Bool
            | P::Mode
            | P::Flags8
            | P::Flags16
            | P::Flags32
            | P::EnumFlags8
            | P::EnumFlags16
            | P::EnumFlags32
            | P::Int8
            | P::Int16
            | P::Int32
            | P::Int64
            | P::Uint8
            | P::Uint16
            | P::Uint32
            | P::Uint64
            | P::SigType
            | P::L4Proto
            | P::SockFamily
    )
}

/// Appends the bytes of an origin for this event. Different bytes may stand for the same value, but not the other way round.
pub(crate) fn write(v: &EventValues<'_>, origin: u32, out: &mut Vec<u8>) {
    match origin {
        DESCRIPTOR => write_descriptor(v, out),
        ERROR => out.extend_from_slice(&result(v).map_or(1, |result| result.min(0)).to_ne_bytes()),
        PATH.. => write_path(v, (origin - PATH) as usize, out),
        _ => match v.event.param((origin - PARAM) as usize) {
            Some(bytes) => write_bytes(1, bytes, out),
            None => out.push(0),
        },
    }
}

fn write_descriptor(v: &EventValues<'_>, out: &mut Vec<u8>) {
    /// Kinds of descriptors follow; smaller numbers are for events without one.
    const KINDS: u8 = 16;
    if v.thread().is_none() {
        return out.push(0);
    }
    match fd(v) {
        Some(fd) => {
            out.push(KINDS + fd.kind as u8);
            write_bytes(1, &fd.name, out);
            // Most are opened by the path that is theirs, and the two are one text.
            if Arc::ptr_eq(&fd.name, &fd.name_raw) { out.push(0) } else { write_bytes(1, &fd.name_raw, out) }
        }
        None => write_name_of_none(v, out),
    }
}

/// What names the descriptor that the call did not make.
fn write_name_of_none(v: &EventValues<'_>, out: &mut Vec<u8>) {
    if !matches!(v.event.kind(), EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X) {
        let mut named = false;
        write_built(1, out, |out| named = push_name_from_event(v, false, out));
        return out.push(named.into());
    }
    let Some(path) = v.event.str(2) else { return out.push(2) };
    write_bytes(3, path, out);
    if path.first() != Some(&b'/') {
        match v.context.dir(v.event.i64(1).unwrap_or(-1)) {
            Some(dir) => write_bytes(1, dir, out),
            None => out.push(0),
        }
    }
}

fn write_path(v: &EventValues<'_>, at: usize, out: &mut Vec<u8>) {
    match v.event.param(at) {
        Some(path) if path.first() == Some(&b'/') => write_bytes(1, path, out),
        Some(path) => {
            write_bytes(2, path, out);
            write_built(3, out, |out| push_text(v, at, out));
        }
        None => out.push(0),
    }
}

/// Bytes whose number is known only when they are written.
fn write_built(tag: u8, out: &mut Vec<u8>, build: impl FnOnce(&mut Vec<u8>)) {
    write_bytes(tag, b"", out);
    let start = out.len();
    build(out);
    let len = (out.len() - start) as u32;
    out[start - 4..start].copy_from_slice(&len.to_ne_bytes());
}

fn write_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&(bytes.len() as u32).to_ne_bytes());
    out.extend_from_slice(bytes);
}
