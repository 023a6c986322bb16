//! Sets of event types and of system calls, as bits; and the sets that the reference names.

use crate::syscall::Syscall;
use crate::table::{EventType, category, event_flag};

const WORDS: usize = 8;

macro_rules! bit_set {
    ($(#[$doc:meta])* $set:ident of $item:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $set([u64; WORDS]);

        impl $set {
            /// The empty set.
            pub const EMPTY: Self = Self([0; WORDS]);

            /// Every member of the table.
            pub fn all() -> Self {
                $item::all().collect()
            }

            /// A set of these, for constants.
            pub const fn of(items: &[$item]) -> Self {
                let mut set = Self::EMPTY;
                let mut at = 0;
                while at < items.len() {
                    set.0[items[at].0 as usize / 64] |= 1 << (items[at].0 % 64);
                    at += 1;
                }
                set
            }

            /// Whether `item` is in the set.
            #[inline]
            pub const fn contains(&self, item: $item) -> bool {
                self.0[item.0 as usize / 64] >> (item.0 % 64) & 1 == 1
            }

            /// Adds `item`; true if it was not there.
            pub fn insert(&mut self, item: $item) -> bool {
                let new = !self.contains(item);
                self.0[usize::from(item.0) / 64] |= 1 << (item.0 % 64);
                new
            }

            /// Takes `item` away; true if it was there.
            pub fn remove(&mut self, item: $item) -> bool {
                let old = self.contains(item);
                self.0[usize::from(item.0) / 64] &= !(1 << (item.0 % 64));
                old
            }

            /// How many are in the set.
            pub fn len(&self) -> usize {
                self.0.iter().map(|word| word.count_ones() as usize).sum()
            }

            /// Whether the set is empty.
            pub fn is_empty(&self) -> bool {
                self.0 == [0; WORDS]
            }

            /// Whether one of `other` is in the set.
            pub fn intersects(&self, other: &Self) -> bool {
                !(*self & *other).is_empty()
            }

            /// The members, in the order of their codes.
            pub fn iter(&self) -> impl Iterator<Item = $item> + use<> {
                let words = self.0;
                (0..WORDS as u16).flat_map(move |word| {
                    let mut rest = words[usize::from(word)];
                    std::iter::from_fn(move || {
                        let bit = (rest != 0).then(|| rest.trailing_zeros() as u16)?;
                        rest &= rest - 1;
                        Some($item(word * 64 + bit))
                    })
                })
            }
        }

        impl FromIterator<$item> for $set {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                let mut set = Self::EMPTY;
                set.extend(items);
                set
            }
        }

        impl Extend<$item> for $set {
            fn extend<I: IntoIterator<Item = $item>>(&mut self, items: I) {
                for item in items {
                    self.insert(item);
                }
            }
        }

        impl std::ops::BitOr for $set {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
            }
        }

        impl std::ops::BitAnd for $set {
            type Output = Self;
            fn bitand(self, other: Self) -> Self {
                Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
            }
        }

        /// Those of the left that are not in the right.
        impl std::ops::Sub for $set {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(std::array::from_fn(|word| self.0[word] & !other.0[word]))
            }
        }

        impl std::fmt::Debug for $set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_set().entries(self.iter().map($item::name)).finish()
            }
        }
    };
}

bit_set! {
    /// A set of event types.
    EventSet of EventType
}

bit_set! {
    /// A set of system calls (and of the tracepoints that have a code among them).
    SyscallSet of Syscall
}

impl EventSet {
    /// The event types that `evt.type = name` can be true of: those of that name, and the generic pair where a system
    /// call of that name has no type of its own.
    pub fn named(name: &str) -> Self {
        let mut set: Self = EventType::by_name(name).collect();
        if set.is_empty()
            && let Some(call) = Syscall::by_name(name)
        {
            set = call.events();
        }
        set
    }

    /// The event types with any of `flags` ([`event_flag`] bits).
    pub fn with_flags(flags: u16) -> Self {
        EventType::all().filter(|kind| kind.info().has_any(flags)).collect()
    }

    /// The event types of these system calls.
    pub fn of_syscalls(calls: &SyscallSet) -> Self {
        calls.iter().fold(Self::EMPTY, |set, call| set | call.events())
    }

    /// The system calls that give these event types.
    pub fn syscalls(&self) -> SyscallSet {
        self.iter().fold(SyscallSet::EMPTY, |set, kind| set | kind.syscalls())
    }
}

impl SyscallSet {
    /// The system calls whose events change the model: what has to be watched for the model to be right.
    pub fn state() -> Self {
        EventType::all()
            .filter(|kind| {
                let info = kind.info();
                info.has_any(event_flag::MODIFIES_STATE) && !info.has_any(event_flag::OLD_VERSION)
            })
            .fold(Self::EMPTY, |set, kind| set | kind.syscalls())
    }
}

/// What [`SyscallSet::repaired`] always adds: calls without which threads, their programs, working directories and
/// identities are not known.
const REPAIR_BASE: SyscallSet = SyscallSet::of(&[
    Syscall::CLONE,
    Syscall::CLONE3,
    Syscall::FORK,
    Syscall::VFORK,
    Syscall::EXECVE,
    Syscall::EXECVEAT,
    Syscall::FCHDIR,
    Syscall::CHDIR,
    Syscall::CHROOT,
    Syscall::CAPSET,
    Syscall::SETGID,
    Syscall::SETGID32,
    Syscall::SETPGID,
    Syscall::SETRESGID,
    Syscall::SETRESGID32,
    Syscall::SETRESUID,
    Syscall::SETRESUID32,
    Syscall::SETSID,
    Syscall::SETUID,
    Syscall::SETUID32,
    Syscall::PRCTL,
    Syscall::SCHED_PROCESS_EXIT,
]);

impl SyscallSet {
    /// This set and the least that the model needs beside it (`base_syscalls.repair`): processes always, descriptors
    /// and sockets only where the set is about them.
    pub fn repaired(&self) -> Self {
        let has = |wanted: &dyn Fn(u16) -> bool| {
            self.iter().any(|call| call.events().iter().any(|kind| wanted(kind.info().syscall_category)))
        };
        let mut set = *self | REPAIR_BASE;
        if has(&|about| about == category::NET) {
            set.extend([Syscall::SOCKET, Syscall::GETSOCKOPT, Syscall::CLOSE]);
        }
        if self.intersects(&Self::of(&[Syscall::ACCEPT, Syscall::ACCEPT4, Syscall::LISTEN])) {
            set.insert(Syscall::BIND);
        }
        if has(&|about| about == category::FILE || about & category::IO_BASE != 0) {
            set.insert(Syscall::CLOSE);
        }
        set
    }

    /// The calls that are left out unless everything is asked for (`base_syscalls.all`): those that move data, where
    /// the model does not need them.
    pub fn unwatched_io() -> Self {
        const IO: SyscallSet = SyscallSet::of(&[
            Syscall::READ,
            Syscall::READV,
            Syscall::PREAD64,
            Syscall::PREADV,
            Syscall::WRITE,
            Syscall::WRITEV,
            Syscall::PWRITE64,
            Syscall::PWRITEV,
            Syscall::SEND,
            Syscall::RECV,
            Syscall::SENDFILE,
            Syscall::SENDFILE64,
        ]);
        IO - Self::state()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(names: &str) -> SyscallSet {
        names.split_whitespace().map(|name| Syscall::by_name(name).unwrap()).collect()
    }

    #[test]
    fn a_name_stands_for_all_versions_of_an_event() {
        let codes: Vec<u16> = EventSet::named("openat").iter().map(EventType::code).collect();
        assert_eq!(codes, [102, 103, 306, 307]);
        let generic = EventSet::of(&[EventType::GENERIC_E, EventType::GENERIC_X]);
        assert_eq!(EventSet::named("umask"), generic);
        assert_eq!(EventSet::named("no_such_call"), EventSet::EMPTY);
        assert!(generic.syscalls().contains(Syscall::UMASK));
        assert!(!generic.syscalls().contains(Syscall::OPENAT));
    }

    #[test]
    fn sets_are_sets() {
        let mut set = calls("read write keyctl");
        assert_eq!((set.len(), set.is_empty()), (3, false));
        assert!(!set.insert(Syscall::READ) && set.remove(Syscall::READ) && !set.remove(Syscall::READ));
        assert_eq!(set, calls("write keyctl"));
        assert_eq!(set | calls("read"), calls("read write keyctl"));
        assert_eq!(set & calls("read write"), calls("write"));
        assert_eq!(set - calls("write"), calls("keyctl"));
        assert!(set.intersects(&calls("write")) && !set.intersects(&calls("read")));
        assert_eq!(format!("{set:?}"), r#"{"write", "keyctl"}"#);
        assert_eq!(EventSet::all().len(), EventType::COUNT);
    }

    #[test]
    fn repair_adds_what_the_model_needs_and_no_more() {
        let base = SyscallSet::EMPTY.repaired();
        assert_eq!(base, REPAIR_BASE);
        assert_eq!(calls("umask").repaired() - base, calls("umask"));
        assert_eq!(calls("connect").repaired() - base, calls("connect socket getsockopt close"));
        assert_eq!(calls("accept4").repaired() - base, calls("accept4 socket getsockopt close bind"));
        assert_eq!(calls("openat").repaired() - base, calls("openat close"));
        assert_eq!(calls("write").repaired() - base, calls("write close"));
    }

    #[test]
    fn calls_that_move_data_and_the_model_are_told_apart() {
        let unwatched = SyscallSet::unwatched_io();
        assert!(unwatched.contains(Syscall::READ) && unwatched.contains(Syscall::PWRITEV));
        assert!(!unwatched.contains(Syscall::SENDTO) && !unwatched.contains(Syscall::RECVMSG));
        assert!(SyscallSet::state().contains(Syscall::RECVMSG));
    }
}
