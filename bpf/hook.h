/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* One program per event type: the frame that they share. */
#pragma once
#include "verdict.h"

/* Sends a call's event; what it does to the process is done with that. */
static __always_inline int call_end(struct event *event, const struct call *call)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (call->ask) {
		u32 *to = (u32 *)put_entry(event, EXTENSION_PROCESS, 8);

		to[0] = tgid;
		to[1] = call->generation;
	}
	if (call->ask_thread) {
		u32 *to = (u32 *)put_entry(event, EXTENSION_THREAD, 8);

		to[0] = bpf_get_current_pid_tgid();
		to[1] = call->thread_generation;
	}
	if (event_leaves(event) && call->mark)
		remember_message(call->mark);
	if (call->deed)
		finish_deed(tgid);
	if (call->thread_deed)
		finish_thread_deed(bpf_get_current_pid_tgid());
	return 0;
}

/*
 * The program `x_NAME` for the exits of a system call. The body that follows writes the parameters of event CODE.
 * With WHEN, exits that do not hold are left to another hook, uncounted.
 */
#define EXIT_EVENT_WHEN(name, code, count, condition)                                                                  \
	static __always_inline void fill_##name(struct event *event, const struct call *call);                         \
	SEC("tp_btf/sys_exit") int x_##name(u64 *context)                                                              \
	{                                                                                                              \
		struct scratch *scratch = scratch_of(LANE_EXIT);                                                       \
		struct event event;                                                                                    \
                                                                                                                       \
		if (scratch) {                                                                                         \
			const struct call *call __attribute__((unused)) = &scratch->call;                             \
                                                                                                                       \
			if (!(condition))                                                                              \
				return 0;                                                                              \
		}                                                                                                      \
		if (!event_begin(&event, scratch, code, count))                                                        \
			return 0;                                                                                      \
		fill_##name(&event, &scratch->call);                                                                   \
		return call_end(&event, &scratch->call);                                                               \
	}                                                                                                              \
	static __always_inline void fill_##name(struct event *event, const struct call *call)

#define EXIT_EVENT(name, code, count) EXIT_EVENT_WHEN(name, code, count, true)

/* The same for a call on the descriptor that is its argument INDEX. */
#define DESCRIPTOR_EVENT(name, code, count, index)                                                                     \
	static __always_inline void fill_on_##name(struct event *event, const struct call *call);                      \
	EXIT_EVENT(name, code, count)                                                                                  \
	{                                                                                                              \
		fill_on_##name(event, call);                                                                           \
		if (selection.flags & SELECT_DESCRIPTORS) {                                                            \
			put_descriptor(event, call->args[index]);                                                      \
			put_connection(event, call->args[index]);                                                      \
		}                                                                                                      \
	}                                                                                                              \
	static __always_inline void fill_on_##name(struct event *event, const struct call *call)

enum {
	EBADF = 9,
	ENOTSOCK = 88,
};

/* Whether a call on a socket failed because there is none: user space may still know one by this number. */
static __always_inline bool is_no_socket(const struct call *call)
{
	return call->ret == -EBADF || call->ret == -ENOTSOCK;
}

/* The same for a call on the socket that is its first argument, where TOLD holds. */
#define SOCKET_EVENT_WHEN(name, code, count, told)                                                                     \
	static __always_inline void fill_on_##name(struct event *event, const struct call *call);                      \
	EXIT_EVENT(name, code, count)                                                                                  \
	{                                                                                                              \
		fill_on_##name(event, call);                                                                           \
		if (selection.flags & SELECT_DESCRIPTORS && is_no_socket(call))                                        \
			put_descriptor(event, call->args[0]);                                                          \
		else if (selection.flags & SELECT_DESCRIPTORS && (told))                                               \
			put_connection(event, call->args[0]);                                                          \
	}                                                                                                              \
	static __always_inline void fill_on_##name(struct event *event, const struct call *call)

#define SOCKET_EVENT(name, code, count) SOCKET_EVENT_WHEN(name, code, count, true)

/* Numbers of 32-bit calls that take user and group ids of 16 bits. */
static __always_inline bool has_short_ids(const struct call *call)
{
	if (!call->compat)
		return false;
	switch (call->raw) {
	case 16:  /* lchown */
	case 23:  /* setuid */
	case 46:  /* setgid */
	case 70:  /* setreuid */
	case 71:  /* setregid */
	case 95:  /* fchown */
	case 164: /* setresuid */
	case 170: /* setresgid */
	case 182: /* chown */
		return true;
	default:
		return false;
	}
}

/* A user or group id among the arguments; all ones, in its width, is "none". */
static __always_inline u32 id_argument(const struct call *call, u32 index)
{
	u32 id = call->args[index];

	if (has_short_ids(call)) {
		id &= 0xffff;
		return id == 0xffff ? (u32)-1 : id;
	}
	return id;
}
