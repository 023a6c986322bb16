/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Who a process is and what it may do: ids, capabilities, limits, namespaces, keys, modules, and who it acts upon. */
#pragma once
#include "data.h"
#include "flags.h"
#include "hook.h"
#include "task.h"

#define ONE_ID_EVENT(name, code)                                                                                       \
	EXIT_EVENT(name, code, 2)                                                                                      \
	{                                                                                                              \
		put_s64(event, call->ret);                                                                             \
		put_u32(event, id_argument(call, 0));                                                                         \
	}
#define TWO_IDS_EVENT(name, code)                                                                                      \
	EXIT_EVENT(name, code, 3)                                                                                      \
	{                                                                                                              \
		put_s64(event, call->ret);                                                                             \
		put_u32(event, id_argument(call, 0));                                                                         \
		put_u32(event, id_argument(call, 1));                                                                         \
	}
#define THREE_IDS_EVENT(name, code)                                                                                    \
	EXIT_EVENT(name, code, 4)                                                                                      \
	{                                                                                                              \
		put_s64(event, call->ret);                                                                             \
		put_u32(event, id_argument(call, 0));                                                                         \
		put_u32(event, id_argument(call, 1));                                                                         \
		put_u32(event, id_argument(call, 2));                                                                         \
	}
#define OWN_ID_EVENT(name, code)                                                                                       \
	EXIT_EVENT(name, code, 1)                                                                                      \
	{                                                                                                              \
		put_u32(event, call->ret);                                                                             \
	}

ONE_ID_EVENT(setuid, 199)
ONE_ID_EVENT(setgid, 201)
TWO_IDS_EVENT(setreuid, 427)
TWO_IDS_EVENT(setregid, 429)
THREE_IDS_EVENT(setresuid, 193)
THREE_IDS_EVENT(setresgid, 195)
OWN_ID_EVENT(getuid, 203)
OWN_ID_EVENT(geteuid, 205)
OWN_ID_EVENT(getgid, 207)
OWN_ID_EVENT(getegid, 209)

static __always_inline void put_pointed_id(struct event *event, u64 address)
{
	u32 id = 0;

	bpf_probe_read_user(&id, sizeof(id), (void *)address);
	put_u32(event, id);
}

static __always_inline void put_pointed_ids(struct event *event, const struct call *call)
{
	put_s64(event, call->ret);
	put_pointed_id(event, call->args[0]);
	put_pointed_id(event, call->args[1]);
	put_pointed_id(event, call->args[2]);
}

EXIT_EVENT(getresuid, 211, 4)
{
	put_pointed_ids(event, call);
}

EXIT_EVENT(getresgid, 213, 4)
{
	put_pointed_ids(event, call);
}

EXIT_EVENT(setsid, 275, 1)
{
	put_s64(event, call->ret);
}

EXIT_EVENT(setpgid, 295, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_fd(event, call->args[1]);
}

EXIT_EVENT(kill, 129, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u8(event, call->args[1]);
}

EXIT_EVENT(tkill, 131, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u8(event, call->args[1]);
}

EXIT_EVENT(tgkill, 133, 4)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_fd(event, call->args[1]);
	put_u8(event, call->args[2]);
}

/* What the task has after the call, whatever it asked for. */
EXIT_EVENT(capset, 353, 4)
{
	struct cred *cred = READ(current_task(), cred);

	put_s64(event, call->ret);
	put_u64(event, capabilities(READ(cred, cap_inheritable)));
	put_u64(event, capabilities(READ(cred, cap_permitted)));
	put_u64(event, capabilities(READ(cred, cap_effective)));
}

DESCRIPTOR_EVENT(setns, 241, 3, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, clone_flags(call->args[1]));
}

EXIT_EVENT(unshare, 285, 2)
{
	put_s64(event, call->ret);
	put_u32(event, clone_flags(call->args[0]));
}

EXIT_EVENT(seccomp, 299, 3)
{
	put_s64(event, call->ret);
	put_u64(event, call->args[0]);
	put_u64(event, call->args[1]);
}

enum {
	LIMITS = 16,
	UNKNOWN_LIMIT = 255,
};

static __always_inline u8 limit_name(u32 resource)
{
	return resource < LIMITS ? resource : UNKNOWN_LIMIT;
}

struct limit {
	s64 now, most;
};

/* A limit in user memory, in which 32-bit processes have 32-bit numbers. */
static __always_inline struct limit read_limit(u64 address, bool compat)
{
	struct limit limit = {};
	s32 narrow[2] = {};

	if (!compat) {
		bpf_probe_read_user(&limit, sizeof(limit), (void *)address);
		return limit;
	}
	bpf_probe_read_user(narrow, sizeof(narrow), (void *)address);
	limit.now = narrow[0];
	limit.most = narrow[1];
	return limit;
}

EXIT_EVENT(getrlimit, 141, 4)
{
	struct limit limit = { -1, -1 };

	if (call->ret == 0)
		limit = read_limit(call->args[1], call->compat);
	put_s64(event, call->ret);
	put_s64(event, limit.now);
	put_s64(event, limit.most);
	put_u8(event, limit_name(call->args[0]));
}

EXIT_EVENT(setrlimit, 143, 4)
{
	struct limit limit = read_limit(call->args[1], call->compat);

	put_s64(event, call->ret);
	put_s64(event, limit.now);
	put_s64(event, limit.most);
	put_u8(event, limit_name(call->args[0]));
}

EXIT_EVENT(prlimit64, 145, 7)
{
	struct limit asked = read_limit(call->args[2], false), old = { -1, -1 };

	if (call->ret == 0)
		old = read_limit(call->args[3], false);
	else if (!call->args[2])
		asked = old;
	put_s64(event, call->ret);
	put_s64(event, asked.now);
	put_s64(event, asked.most);
	put_s64(event, old.now);
	put_s64(event, old.most);
	put_fd(event, call->args[0]);
	put_u8(event, limit_name(call->args[1]));
}

enum {
	PR_SET_NAME = 15,
	PR_GET_CHILD_SUBREAPER = 37,
};

EXIT_EVENT(prctl, 401, 4)
{
	u32 option = call->args[0];
	u32 reaper = 0;

	put_s64(event, call->ret);
	put_u32(event, option);
	put_path(event, option == PR_SET_NAME ? call->args[1] : 0);
	if (option == PR_GET_CHILD_SUBREAPER) {
		bpf_probe_read_user(&reaper, sizeof(reaper), (void *)call->args[1]);
		put_s64(event, reaper);
	} else {
		put_s64(event, option == PR_SET_NAME ? 0 : call->args[1]);
	}
}

enum {
	PTRACE_TRACEME = 0,
	PTRACE_PEEKTEXT = 1,
	PTRACE_PEEKUSR = 3,
	PTRACE_POKEUSR = 6,
	PTRACE_CONT = 7,
	PTRACE_SINGLESTEP = 9,
	PTRACE_ATTACH = 16,
	PTRACE_DETACH = 17,
	PTRACE_SYSCALL = 24,
	PTRACE_VALUE_U64 = 0,
	PTRACE_VALUE_SIGNAL = 1,
};

/* Requests by their event numbers; 0 for those that have none. */
static __always_inline u16 ptrace_request(u32 request)
{
	switch (request) {
	case 0 ... 9: /* TRACEME to SINGLESTEP */
		return request + 1;
#if defined(__TARGET_ARCH_x86)
	case 12 ... 15: /* GETREGS, SETREGS, GETFPREGS, SETFPREGS */
		return request == 12 ? 26 : request == 13 ? 27 : request + 14;
	case 18 ... 19: /* GETFPXREGS, SETFPXREGS */
		return request + 12;
	case 21: /* OLDSETOPTIONS */
		return 32;
	case 25 ... 26: /* GET_THREAD_AREA, SET_THREAD_AREA */
		return request + 8;
	case 30: /* ARCH_PRCTL */
		return 35;
	case 31 ... 32: /* SYSEMU, SYSEMU_SINGLESTEP */
		return request + 5;
	case 33: /* SINGLEBLOCK */
		return 38;
#endif
	case PTRACE_ATTACH ... PTRACE_DETACH:
		return request - 5;
	case PTRACE_SYSCALL:
		return 13;
	case 0x4200 ... 0x420b: /* SETOPTIONS to SETSIGMASK */
		return request - 0x4200 + 14;
	default:
		return 0;
	}
}

static __always_inline void put_ptrace_data(struct event *event, const struct call *call)
{
	u32 request = call->args[0];
	u64 word = call->args[3];
	u8 *to = event->data + position(event);

	if (call->ret < 0) {
		word = 0;
	} else if (request >= PTRACE_PEEKTEXT && request <= PTRACE_PEEKUSR) {
		word = 0;
		bpf_probe_read_user(&word, sizeof(word), (void *)call->args[3]);
	} else if (request == PTRACE_CONT || request == PTRACE_SINGLESTEP || request == PTRACE_DETACH ||
		   request == PTRACE_SYSCALL) {
		*to = PTRACE_VALUE_SIGNAL;
		to[1] = word;
		set_variable_length(event, 2);
		return;
	}
	*to = PTRACE_VALUE_U64;
	*(u64 *)(to + 1) = word;
	set_variable_length(event, 9);
}

EXIT_EVENT(ptrace, 169, 5)
{
	put_s64(event, call->ret);
	*(event->data + position(event)) = PTRACE_VALUE_U64;
	*(u64 *)(event->data + position(event) + 1) = call->ret < 0 ? 0 : call->args[2];
	set_length(event, 9);
	put_ptrace_data(event, call);
	put_u16(event, ptrace_request(call->args[0]));
	put_fd(event, call->args[1]);
}

enum {
	KEYCTL_OPERATIONS = 33,
	KEYCTL_NUMBER = 0,
	KEYCTL_STRING = 1,
};

/* Which of an operation's arguments 2 to 5 it looks at (low four bits), and which of these are strings (high four). */
static const volatile u8 keyctl_arguments[KEYCTL_OPERATIONS] = {
	0x03, 0x11, 0x07, 0x01, 0x07, 0x03, 0x07, 0x01, 0x03, 0x03, 0x6f, 0x07, 0x0f, 0x07, 0x01, 0x03, 0x01,
	0x07, 0x00, 0x0f, 0x0f, 0x01, 0x03, 0x0f, 0x4d, 0x2f, 0x2f, 0x2f, 0x2f, 0x67, 0x0f, 0x03, 0x07,
};

static __always_inline void put_key_argument(struct event *event, const struct call *call, u32 index)
{
	u32 operation = call->args[0];
	u8 use = operation < KEYCTL_OPERATIONS ? keyctl_arguments[operation] : 0xf;
	u8 *to = event->data + position(event);
	s64 length;
	u64 kept;

	if (use >> (4 + index) & 1) {
		*to = KEYCTL_STRING;
		length = bpf_probe_read_user_str(to + 1, PATH_SIZE, (void *)call->args[index + 1]);
		kept = unless_failed(length, length);
		BOUND(kept, 0x1fff);
		set_variable_length(event, kept + 1);
		return;
	}
	*to = KEYCTL_NUMBER;
	*(u64 *)(to + 1) = use >> index & 1 ? call->args[index + 1] : 0;
	set_variable_length(event, 9);
}

EXIT_EVENT(keyctl, 453, 6)
{
	put_s64(event, call->ret);
	put_u32(event, call->args[0]);
	put_key_argument(event, call, 0);
	put_key_argument(event, call, 1);
	put_key_argument(event, call, 2);
	put_key_argument(event, call, 3);
}

EXIT_EVENT(init_module, 411, 4)
{
	put_s64(event, call->ret);
	put_data(event, call->args[0], call->args[1]);
	put_u64(event, call->args[1]);
	put_path(event, call->args[2]);
}

DESCRIPTOR_EVENT(finit_module, 413, 4, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, call->args[2] & 7);
}

EXIT_EVENT(delete_module, 425, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, BIT_TO(call->args[1], O_NONBLOCK, 2) | BIT_TO(call->args[1], O_TRUNC, 1));
}

/* The part of io_uring's parameters that is told. */
struct uring_parameters {
	u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features;
};

EXIT_EVENT(io_uring_setup, 339, 8)
{
	struct uring_parameters parameters = {};

	bpf_probe_read_user(&parameters, sizeof(parameters), (void *)call->args[1]);
	put_s64(event, call->ret);
	put_u32(event, call->args[0]);
	put_u32(event, parameters.sq_entries);
	put_u32(event, parameters.cq_entries);
	put_u32(event, uring_setup_flags(parameters.flags));
	put_u32(event, parameters.sq_thread_cpu);
	put_u32(event, parameters.sq_thread_idle);
	put_u32(event, parameters.features & 0x7ff);
}

EXIT_EVENT(io_uring_enter, 341, 6)
{
	u32 signals = 0;

	bpf_probe_read_user(&signals, sizeof(signals), (void *)call->args[4]);
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, call->args[1]);
	put_u32(event, call->args[2]);
	put_u32(event, call->args[3] & 0xf);
	put_u32(event, signals);
}

EXIT_EVENT(io_uring_register, 343, 5)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u16(event, call->args[1]);
	put_u64(event, call->args[2]);
	put_u32(event, call->args[3]);
}
