//! From a set of system calls to what the kernel's side looks up: bitmaps by native number, programs by name.

use windhover_event::{Syscall, SyscallSet};

use crate::verdict::Verdicts;

/// System call numbers that the probe can hold.
pub(crate) const NUMBERS: usize = 512;
/// "No such call" in the tables of the kernel's side.
pub(crate) const NO_SYSCALL: u16 = u16::MAX;
/// The i386 call that all socket calls hide behind.
const IA32_SOCKETCALL: u16 = 102;
/// `send` and `recv` exist behind that call only; they get numbers of their own above all others.
const SEND: u16 = 510;
const RECV: u16 = 511;

/// Sub-calls of the i386 socket call, from 1.
const SOCKET_CALLS: [&str; 20] = [
    "socket",
    "bind",
    "connect",
    "listen",
    "accept",
    "getsockname",
    "getpeername",
    "socketpair",
    "send",
    "recv",
    "sendto",
    "recvfrom",
    "shutdown",
    "setsockopt",
    "getsockopt",
    "sendmsg",
    "recvmsg",
    "accept4",
    "recvmmsg",
    "sendmmsg",
];

/// What the kernel's side looks up of this at each call, in its layout: two bitmaps by number, and who reads the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Selection {
    /// Numbers worth a second look: wanted ones, and 32-bit ones that mean a wanted call.
    pub(crate) any: [u64; NUMBERS / 64],
    /// Wanted numbers.
    pub(crate) native: [u64; NUMBERS / 64],
    /// Wanted, but always settled.
    pub(crate) moot: [u64; NUMBERS / 64],
    /// Wanted, and judged.
    pub(crate) judged: [u64; NUMBERS / 64],
    /// After these, what was said of a process does not count any more.
    pub(crate) deeds: [u64; NUMBERS / 64],
    /// After these, what was said of a thread does not.
    pub(crate) thread_deeds: [u64; NUMBERS / 64],
    /// Our own thread-group id in the initial namespace, which is never watched; 0 where it is not known.
    pub(crate) own_tgid: u32,
    flags: u32,
}

/// Opens are judged when they begin, too.
const ENTRIES: u32 = 1;
/// Events about descriptors tell which files they are.
const DESCRIPTORS: u32 = 2;
/// Connects are judged when they end, and looked at when they begin for what their sockets were connected to.
const CONNECTS: u32 = 4;
/// What is said of a thread goes for others like it, too.
const PROFILES: u32 = 16;
/// What threads are told apart by: the program's name, the user, the control groups.
const NAMES: u32 = 32;
const USERS: u32 = 64;
const GROUPS: u32 = 128;

/// The number under which the probe knows a call.
pub(crate) fn number(call: Syscall) -> Option<u16> {
    let number = match call.name() {
        "send" if cfg!(target_arch = "x86_64") => Some(SEND),
        "recv" if cfg!(target_arch = "x86_64") => Some(RECV),
        _ => call.info().native(),
    };
    number.filter(|&number| usize::from(number) < NUMBERS)
}

impl Selection {
    pub(crate) fn of(calls: &SyscallSet, own_tgid: u32) -> Self {
        let mut bitmaps = Self { own_tgid, ..Self::default() };
        for call in calls.iter() {
            let Some(number) = number(call) else { continue };
            set(&mut bitmaps.native, number);
            set(&mut bitmaps.any, number);
            if cfg!(target_arch = "x86_64") {
                call.info().ia32.iter().for_each(|&number| set(&mut bitmaps.any, number));
                if SOCKET_CALLS.contains(&call.name()) {
                    set(&mut bitmaps.any, IA32_SOCKETCALL);
                }
            }
        }
        bitmaps
    }

    /// The same with the verdicts in force.
    pub(crate) fn judged_by(mut self, verdicts: &Verdicts) -> Self {
        let sets = [
            (&mut self.moot, verdicts.moot),
            (&mut self.judged, verdicts.judged()),
            (&mut self.deeds, verdicts.deeds),
            (&mut self.thread_deeds, verdicts.thread_deeds),
        ];
        for (bits, calls) in sets {
            calls.iter().filter_map(number).for_each(|number| set(bits, number));
        }
        let sorts = verdicts.sorts;
        let flags = [
            (!verdicts.entries.is_empty(), ENTRIES),
            (verdicts.rows.iter().any(|(_, row)| row.row.connection), CONNECTS),
            (sorts.any, PROFILES),
            (sorts.by_name, NAMES),
            (sorts.by_user, USERS),
            (sorts.by_groups, GROUPS),
        ];
        self.flags |= flags.iter().filter(|(wanted, _)| *wanted).fold(0, |flags, (_, flag)| flags | flag);
        self.telling_descriptors(verdicts.descriptors)
    }

    /// The same, telling with events about descriptors which files those are.
    pub(crate) fn telling_descriptors(mut self, tell: bool) -> Self {
        self.flags |= if tell { DESCRIPTORS } else { 0 };
        self
    }

    /// Whether no call is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.native == [0; NUMBERS / 64]
    }
}

fn set(bits: &mut [u64; NUMBERS / 64], number: u16) {
    if let Some(word) = bits.get_mut(usize::from(number) / 64) {
        *word |= 1 << (number % 64);
    }
}

/// Codes of generic events by native number; 0 ("unknown") where there is none.
pub(crate) fn generic_codes() -> [u16; NUMBERS] {
    std::array::from_fn(|number| Syscall::from_native(number as u16).map_or(0, Syscall::code))
}

/// Native numbers by i386 number.
pub(crate) fn from_ia32() -> [u16; NUMBERS] {
    std::array::from_fn(|ia32| Syscall::from_ia32(ia32 as u16).and_then(number).unwrap_or(NO_SYSCALL))
}

/// Native numbers by sub-call of the i386 socket call.
pub(crate) fn from_socketcall() -> [u16; 32] {
    std::array::from_fn(|which| {
        let name = which.checked_sub(1).and_then(|index| SOCKET_CALLS.get(index));
        name.and_then(|name| Syscall::by_name(name)).and_then(number).unwrap_or(NO_SYSCALL)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str) -> Syscall {
        Syscall::by_name(name).unwrap()
    }

    fn bit(bits: &[u64; NUMBERS / 64], number: u16) -> bool {
        bits[usize::from(number) / 64] >> (number % 64) & 1 == 1
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn a_selected_call_is_found_by_its_32_bit_number_too() {
        let bitmaps = Selection::of(&SyscallSet::of(&[call("openat"), call("connect")]), 7);
        assert!(bit(&bitmaps.native, 257) && bit(&bitmaps.any, 257));
        assert!(bit(&bitmaps.any, 295) && !bit(&bitmaps.native, 295));
        assert!(bit(&bitmaps.any, IA32_SOCKETCALL));
        assert!(!bit(&bitmaps.any, 110));
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn tables_lead_to_native_numbers() {
        assert_eq!(from_ia32()[5], 2);
        assert_eq!(from_ia32()[0], 219);
        assert_eq!(from_socketcall()[3], 42);
        assert_eq!(from_socketcall()[0], NO_SYSCALL);
        assert_eq!(from_socketcall()[9], SEND);
        assert_eq!(generic_codes()[110], call("getppid").code());
    }

    #[test]
    fn tracepoints_have_no_number() {
        assert_eq!(number(call("sched_process_exit")), None);
        assert!(Selection::of(&SyscallSet::of(&[call("signal_deliver")]), 7).is_empty());
    }
}
