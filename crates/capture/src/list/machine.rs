//! The machine block.

use windhover_event::snapshot::Machine;

use crate::cursor::Cursor;
use crate::error::ReadCaptureError;

/// Bytes of the host name's field.
const HOSTNAME: usize = 128;
/// Bytes behind the boot time: flags and two reserved words.
const RESERVED: usize = 24;

pub(crate) fn read(mut body: Cursor<'_>) -> Result<Machine, ReadCaptureError> {
    let num_cpus = body.u32("number of processors")?;
    let memory_bytes = body.u64("memory size")?;
    let max_pid = body.u64("largest process id")?;
    let name = body.take(HOSTNAME, "host name")?;
    let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
    let boot_ts = body.u64("boot time")?;
    body.take(RESERVED, "reserved part of the machine block")?;
    Ok(Machine { num_cpus, memory_bytes, max_pid, hostname: String::from_utf8_lossy(name).into_owned(), boot_ts })
}

pub(crate) fn write(machine: &Machine, out: &mut Vec<u8>) {
    out.extend_from_slice(&machine.num_cpus.to_le_bytes());
    out.extend_from_slice(&machine.memory_bytes.to_le_bytes());
    out.extend_from_slice(&machine.max_pid.to_le_bytes());
    let mut name = [0; HOSTNAME];
    let length = machine.hostname.floor_char_boundary(HOSTNAME - 1);
    name[..length].copy_from_slice(&machine.hostname.as_bytes()[..length]);
    out.extend_from_slice(&name);
    out.extend_from_slice(&machine.boot_ts.to_le_bytes());
    out.extend_from_slice(&[0; RESERVED]);
}
