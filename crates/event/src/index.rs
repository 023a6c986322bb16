//! Look-up tables made by the compiler: names to codes, native numbers to system calls.

use crate::syscall::{SYSCALLS, Syscall};
use crate::table::{EVENTS, EventType};

/// Slots of a table of names: a power of two, at most half full.
const SLOTS: usize = 1024;
const EMPTY: u16 = u16::MAX;
/// Native numbers that can be looked up.
const NUMBERS: usize = 512;

/// FNV-1a, with the high half folded in because only the low bits choose the slot.
const fn hash(name: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (hash ^ (hash >> 16)) as usize % SLOTS
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Slots of event names, each with the first code of its name; and for each code the next with the same name.
static EVENT_INDEX: ([u16; SLOTS], [u16; EventType::COUNT]) = {
    let mut slots = [EMPTY; SLOTS];
    let mut next = [EMPTY; EventType::COUNT];
    // From the last to the first, so that a chain runs in the order of the codes.
    let mut code = EventType::COUNT;
    while code > 0 {
        code -= 1;
        let name = EVENTS[code].name.as_bytes();
        let mut slot = hash(name);
        while slots[slot] != EMPTY && !same(EVENTS[slots[slot] as usize].name.as_bytes(), name) {
            slot = (slot + 1) % SLOTS;
        }
        next[code] = slots[slot];
        slots[slot] = code as u16;
    }
    (slots, next)
};

static SYSCALL_INDEX: [u16; SLOTS] = {
    let mut slots = [EMPTY; SLOTS];
    let mut code = 1;
    while code < Syscall::COUNT {
        if !same(SYSCALLS[code].name.as_bytes(), SYSCALLS[0].name.as_bytes()) {
            let mut slot = hash(SYSCALLS[code].name.as_bytes());
            while slots[slot] != EMPTY {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = code as u16;
        }
        code += 1;
    }
    slots
};

pub(crate) fn first_event(name: &str) -> Option<EventType> {
    find(&EVENT_INDEX.0, name, |code| EVENTS[code].name).map(EventType)
}

pub(crate) fn next_event(kind: EventType) -> Option<EventType> {
    EventType::from_code(EVENT_INDEX.1[usize::from(kind.0)])
}

pub(crate) fn syscall(name: &str) -> Option<Syscall> {
    find(&SYSCALL_INDEX, name, |code| SYSCALLS[code].name).map(Syscall)
}

fn find(slots: &[u16; SLOTS], name: &str, name_of: impl Fn(usize) -> &'static str) -> Option<u16> {
    let mut slot = hash(name.as_bytes());
    while slots[slot] != EMPTY {
        if name_of(usize::from(slots[slot])) == name {
            return Some(slots[slot]);
        }
        slot = (slot + 1) % SLOTS;
    }
    None
}

pub(crate) static X86_64: [u16; NUMBERS] = natives(0);
pub(crate) static AARCH64: [u16; NUMBERS] = natives(1);
pub(crate) static IA32: [u16; NUMBERS] = natives(2);

/// System calls by the numbers of one architecture: 0 x86_64, 1 aarch64, 2 32-bit x86.
const fn natives(architecture: u8) -> [u16; NUMBERS] {
    let mut codes = [EMPTY; NUMBERS];
    let mut code = 0;
    while code < Syscall::COUNT {
        let (numbers, ia32) = (SYSCALLS[code].numbers(), SYSCALLS[code].ia32);
        if architecture < 2 {
            let number = numbers[architecture as usize] as usize;
            if number < NUMBERS {
                codes[number] = code as u16;
            }
        } else {
            let mut at = 0;
            while at < ia32.len() {
                codes[ia32[at] as usize] = code as u16;
                at += 1;
            }
        }
        code += 1;
    }
    codes
}

pub(crate) const fn native(codes: &[u16; NUMBERS], number: u16) -> Option<Syscall> {
    if (number as usize) < NUMBERS { Syscall::from_code(codes[number as usize]) } else { None }
}
