//! What is known of an event by its type alone, in one small table: where its descriptor stands, and what it does to the
//! model.

use windhover_event::{EventType, EventView, ParamType, category, event_flag};

use crate::event::descriptor;
use crate::lookup::Lookup;
use crate::system::System;

/// What an event does to the model.
pub(crate) type Effect = fn(&mut System, &EventView<'_>, &mut Option<&mut (dyn Lookup + '_)>);

/// Where an event's descriptor stands, by event type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FdPlace {
    /// The event has to do with no descriptor.
    Nowhere,
    /// The event makes one; until it has, the number is -1.
    Made,
    /// In this parameter.
    Param(u8),
}

/// What an event's type says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindFacts {
    /// `None` for most types: nothing.
    pub(crate) effect: Option<Effect>,
    pub(crate) fd: FdPlace,
    /// It says nothing of the machine.
    pub(crate) meta: bool,
    /// It says nothing of its thread being alive.
    pub(crate) aside: bool,
    /// It begins a call, and is kept until the call ends.
    pub(crate) enter: bool,
}

/// The facts of all types, by code.
pub(crate) fn facts() -> Box<[KindFacts; EventType::COUNT]> {
    let nothing = KindFacts { effect: None, fd: FdPlace::Nowhere, meta: false, aside: false, enter: false };
    let mut all = Box::new([nothing; EventType::COUNT]);
    for (kind, facts) in EventType::all().zip(all.iter_mut()) {
        let info = kind.info();
        *facts = KindFacts {
            effect: effect(kind),
            fd: fd_place(kind),
            meta: info.event_category & category::METAEVENT != 0,
            aside: info.flags & event_flag::SKIPPARSERESET != 0,
            enter: info.event_category & category::SYSCALL != 0 && !kind.is_exit(),
        };
    }
    all
}

fn effect(kind: EventType) -> Option<Effect> {
    let effect: Effect = match kind {
        EventType::SYSCALL_CLONE_20_X
        | EventType::SYSCALL_FORK_20_X
        | EventType::SYSCALL_VFORK_20_X
        | EventType::SYSCALL_CLONE3_X => |system, event, lookup| {
            system.on_clone(event, lookup);
            system.set_current_thread(system.threads.find(event.tid()));
        },
        EventType::SYSCALL_EXECVE_19_X | EventType::SYSCALL_EXECVEAT_X => |system, event, lookup| {
            system.on_exec(event, lookup);
            system.set_current_thread(system.threads.find(event.tid()));
        },
        EventType::PROCEXIT_1_E => |system, event, _| system.on_exit(event),
        EventType::SYSCALL_OPEN_X
        | EventType::SYSCALL_CREAT_X
        | EventType::SYSCALL_OPENAT_2_X
        | EventType::SYSCALL_OPENAT2_X
        | EventType::SYSCALL_OPEN_BY_HANDLE_AT_X => |system, event, _| system.on_open(event),
        EventType::SYSCALL_CLOSE_X => |system, event, _| system.on_close(event),
        EventType::SYSCALL_MMAP_X
        | EventType::SYSCALL_MMAP2_X
        | EventType::SYSCALL_MUNMAP_X
        | EventType::SYSCALL_BRK_4_X => |system, event, _| system.on_memory(event, 1),
        EventType::SOCKET_SENDTO_X
        | EventType::SOCKET_SENDMSG_X
        | EventType::SOCKET_SENDMMSG_X
        | EventType::SOCKET_SEND_X => |system, event, _| system.on_send(event),
        EventType::SOCKET_RECVFROM_X
        | EventType::SOCKET_RECVMSG_X
        | EventType::SOCKET_RECVMMSG_X
        | EventType::SOCKET_RECV_X => |system, event, lookup| system.on_recv(event, lookup),
        EventType::SOCKET_SOCKET_X => |system, event, _| system.on_socket(event),
        EventType::SOCKET_SOCKETPAIR_X => |system, event, _| system.on_socketpair(event),
        EventType::SOCKET_BIND_X => |system, event, _| system.on_bind(event),
        EventType::SOCKET_CONNECT_X => |system, event, _| system.on_connect(event),
        EventType::SOCKET_ACCEPT_5_X | EventType::SOCKET_ACCEPT4_6_X => |system, event, _| system.on_accept(event),
        EventType::SOCKET_GETSOCKOPT_X => |system, event, _| system.on_getsockopt(event),
        EventType::SYSCALL_CHDIR_X | EventType::SYSCALL_GETCWD_X => |system, event, _| system.on_chdir(event),
        EventType::SYSCALL_FCHDIR_X => |system, event, _| system.on_fchdir(event),
        EventType::SYSCALL_CHROOT_X => |system, event, _| system.on_chroot(event),
        EventType::SYSCALL_SETUID_X => |system, event, lookup| system.on_setuid(event, 1, lookup),
        EventType::SYSCALL_SETRESUID_X | EventType::SYSCALL_SETREUID_X => {
            |system, event, lookup| system.on_setuid(event, 2, lookup)
        }
        EventType::SYSCALL_SETGID_X => |system, event, lookup| system.on_setgid(event, 1, lookup),
        EventType::SYSCALL_SETRESGID_X | EventType::SYSCALL_SETREGID_X => {
            |system, event, lookup| system.on_setgid(event, 2, lookup)
        }
        EventType::SYSCALL_SETSID_X => |system, event, _| system.on_setsid(event),
        EventType::SYSCALL_CAPSET_X => |system, event, _| system.on_capset(event),
        EventType::SYSCALL_UNSHARE_X => |system, event, _| system.on_namespaces(event, 1),
        EventType::SYSCALL_SETNS_X => |system, event, _| system.on_namespaces(event, 2),
        EventType::SYSCALL_PRLIMIT_X => |system, event, _| system.on_prlimit(event),
        EventType::SYSCALL_SETRLIMIT_X | EventType::SYSCALL_GETRLIMIT_X => |system, event, _| system.on_rlimit(event),
        EventType::SYSCALL_PRCTL_X => |system, event, _| system.on_prctl(event),
        EventType::SCHEDSWITCH_6_E => |system, event, _| system.on_switch(event),
        EventType::PROCINFO_E => |system, event, _| system.on_procinfo(event),
        EventType::USER_ADDED_E => |system, event, _| system.on_user_added(event),
        EventType::USER_DELETED_E => |system, event, _| system.on_user_deleted(event),
        EventType::GROUP_ADDED_E => |system, event, _| system.on_group_added(event),
        EventType::GROUP_DELETED_E => |system, event, _| system.on_group_deleted(event),
        EventType::ASYNCEVENT_E => |system, event, _| system.on_async(event),
        EventType::CONTAINER_JSON_E | EventType::CONTAINER_JSON_2_E => {
            |system, event, _| system.on_container_json(event)
        }
        EventType::CONTAINER_E => |system, event, _| system.on_old_container(event),
        _ => return descriptor::effect(kind),
    };
    Some(effect)
}

/// In exit events it is the first descriptor that is not the result, but for `splice`, whose output counts.
fn fd_place(kind: EventType) -> FdPlace {
    let info = kind.info();
    if info.flags & event_flag::USES_FD != 0 {
        let results = usize::from(kind.is_exit() || kind == EventType::PROCEXIT_1_E);
        let skipped = if kind == EventType::SYSCALL_SPLICE_X { 2 } else { results };
        let mut params = info.params.iter().enumerate().skip(skipped);
        return params
            .find(|(_, param)| param.kind == ParamType::Fd)
            .map_or(FdPlace::Made, |(index, _)| FdPlace::Param(index as u8));
    }
    let makes = event_flag::CREATES_FD | event_flag::DESTROYS_FD;
    if info.flags & makes != 0 { FdPlace::Made } else { FdPlace::Nowhere }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptor_of_an_event_is_where_the_table_says() {
        for (kind, want) in [
            (EventType::SYSCALL_READ_X, FdPlace::Param(2)),
            (EventType::SYSCALL_OPENAT_2_X, FdPlace::Made),
            (EventType::SYSCALL_DUP3_X, FdPlace::Param(1)),
            (EventType::SYSCALL_FCNTL_X, FdPlace::Param(1)),
            (EventType::SYSCALL_SPLICE_X, FdPlace::Param(2)),
            (EventType::SYSCALL_COPY_FILE_RANGE_X, FdPlace::Param(1)),
            (EventType::SOCKET_CONNECT_E, FdPlace::Param(0)),
            (EventType::SYSCALL_MMAP_X, FdPlace::Param(8)),
            (EventType::SYSCALL_CLOSE_RANGE_X, FdPlace::Nowhere),
            (EventType::SYSCALL_EXECVE_19_X, FdPlace::Nowhere),
        ] {
            assert_eq!(fd_place(kind), want, "{}", kind.name());
        }
    }
}
