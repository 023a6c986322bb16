/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Arguments as they were when the call began, for the few calls whose arguments a second thread could change under way
 * to hide what was done. They sit on the calls' own tracepoints: a program on `sys_enter` would run for every call.
 */
#pragma once
#include "connection.h"
#include "flags.h"
#include "open.bpf.h"
#include "scope.h"

/* What a tracepoint at the start of a call gives; part of the kernel's stable interface. */
struct entry {
	u64 common;
	s64 id;
	u64 args[6];
};

/* Rows of the opens at their beginning. */
enum entry_row { ENTRY_OPEN = SYSCALLS, ENTRY_CREAT, ENTRY_OPENAT, ENTRY_OPENAT2 };

enum { CONNECT_BEGINS = 22 };

/* Whether the beginning of a call is of no interest, however it will end. The tracepoint has no more than its arguments. */
static __always_inline bool entry_is_settled(struct scratch *scratch, struct entry *entry, enum entry_row row, u32 arguments)
{
	bool settled;
	u32 i;

	if (scratch) {
		scratch->call.ask = false;
		scratch->call.ask_thread = false;
		scratch->call.mark = 0;
		scratch->call.deed = false;
		scratch->call.thread_deed = false;
	}
	if (!(selection.flags & SELECT_ENTRIES))
		return false;
	if (scratch) {
#pragma unroll
		for (i = 0; i < 6; i++)
			scratch->call.args[i] = i < arguments ? entry->args[i] : 0;
		scratch->call.ret = -1;
		scratch->path[0] = 0;
		settled = is_settled(scratch, row);
		remember_settled(scratch, settled);
		if (settled)
			return true;
	}
	remember_entry();
	return false;
}

/* Whether a connect may wait for its end. Of others user space hears first what their sockets were connected to. */
static __always_inline bool connect_waits(struct scratch *scratch, struct entry *entry)
{
	if (scratch) {
		scratch->call.ask = false;
		scratch->call.ask_thread = false;
		scratch->call.mark = 0;
		scratch->call.deed = false;
	}
	if (!(selection.flags & SELECT_CONNECTS))
		return false;
	if (scratch && remember_fresh(entry->args[0])) {
		count_settled(CONNECT_BEGINS);
		return true;
	}
	remember_entry();
	return false;
}

#define ENTER_EVENT_UNLESS(name, code, count, settled)                                                                        \
	static __always_inline void fill_enter_##name(struct event *event, struct entry *entry);                       \
	SEC("tracepoint/syscalls/sys_enter_" #name) int e_##name(struct entry *entry)                                  \
	{                                                                                                              \
		struct scratch *scratch = scratch_of(LANE_ENTER);                                                      \
		struct event event;                                                                                    \
                                                                                                                       \
		if (!in_scope() || (settled))                                                                          \
			return 0;                                                                                      \
		if (!event_begin(&event, scratch, code, count))                                                        \
			return 0;                                                                                      \
		fill_enter_##name(&event, entry);                                                                      \
		return call_end(&event, &scratch->call);                                                               \
	}                                                                                                              \
	static __always_inline void fill_enter_##name(struct event *event, struct entry *entry)

#define ENTER_EVENT(name, code, count, arguments, row)                                                                 \
	ENTER_EVENT_UNLESS(name, code, count, entry_is_settled(scratch, entry, row, arguments))

ENTER_EVENT(open, 2, 3, 3, ENTRY_OPEN)
{
	put_path(event, entry->args[0]);
	put_u32(event, open_flags(entry->args[1]));
	put_u32(event, open_mode(entry->args[1], entry->args[2]));
}

ENTER_EVENT(creat, 58, 2, 2, ENTRY_CREAT)
{
	put_path(event, entry->args[0]);
	put_u32(event, open_mode(O_CREAT, entry->args[1]));
}

ENTER_EVENT(openat, 306, 4, 4, ENTRY_OPENAT)
{
	put_fd(event, entry->args[0]);
	put_path(event, entry->args[1]);
	put_u32(event, open_flags(entry->args[2]));
	put_u32(event, open_mode(entry->args[2], entry->args[3]));
}

ENTER_EVENT(openat2, 326, 5, 4, ENTRY_OPENAT2)
{
	struct open_how how = {};

	bpf_probe_read_user(&how, sizeof(how), (void *)entry->args[2]);
	put_fd(event, entry->args[0]);
	put_path(event, entry->args[1]);
	put_u32(event, open_flags(how.flags));
	put_u32(event, open_mode(how.flags, how.mode));
	put_u32(event, resolve_flags(how.resolve));
}

ENTER_EVENT_UNLESS(connect, CONNECT_BEGINS, 2, connect_waits(scratch, entry))
{
	put_fd(event, entry->args[0]);
	put_address(event, entry->args[1], entry->args[2]);
	if (selection.flags & SELECT_DESCRIPTORS)
		put_connection(event, entry->args[0]);
}
