/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Arguments as they were when the call began, for the few calls whose arguments a second thread could change under way
 * to hide what was done. They sit on the calls' own tracepoints: a program on `sys_enter` would run for every call.
 */
#pragma once
#include "flags.h"
#include "open.bpf.h"
#include "scope.h"
#include "socket.h"

/* What a tracepoint at the start of a call gives; part of the kernel's stable interface. */
struct entry {
	u64 common;
	s64 id;
	u64 args[6];
};

#define ENTER_EVENT(name, code, count)                                                                                 \
	static __always_inline void fill_enter_##name(struct event *event, struct entry *entry);                       \
	SEC("tracepoint/syscalls/sys_enter_" #name) int e_##name(struct entry *entry)                                  \
	{                                                                                                              \
		struct event event;                                                                                    \
                                                                                                                       \
		if (!in_scope() || !event_begin(&event, scratch_of(LANE_ENTER), code, count))                           \
			return 0;                                                                                      \
		fill_enter_##name(&event, entry);                                                                      \
		return event_end(&event);                                                                              \
	}                                                                                                              \
	static __always_inline void fill_enter_##name(struct event *event, struct entry *entry)

ENTER_EVENT(open, 2, 3)
{
	put_path(event, entry->args[0]);
	put_u32(event, open_flags(entry->args[1]));
	put_u32(event, open_mode(entry->args[1], entry->args[2]));
}

ENTER_EVENT(creat, 58, 2)
{
	put_path(event, entry->args[0]);
	put_u32(event, open_mode(O_CREAT, entry->args[1]));
}

ENTER_EVENT(openat, 306, 4)
{
	put_fd(event, entry->args[0]);
	put_path(event, entry->args[1]);
	put_u32(event, open_flags(entry->args[2]));
	put_u32(event, open_mode(entry->args[2], entry->args[3]));
}

ENTER_EVENT(openat2, 326, 5)
{
	struct open_how how = {};

	bpf_probe_read_user(&how, sizeof(how), (void *)entry->args[2]);
	put_fd(event, entry->args[0]);
	put_path(event, entry->args[1]);
	put_u32(event, open_flags(how.flags));
	put_u32(event, open_mode(how.flags, how.mode));
	put_u32(event, resolve_flags(how.resolve));
}

ENTER_EVENT(connect, 22, 2)
{
	put_fd(event, entry->args[0]);
	put_address(event, entry->args[1], entry->args[2]);
}
