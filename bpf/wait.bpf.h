/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Calls that wait, and semaphores. */
#pragma once
#include "flags.h"
#include "hook.h"

enum {
	POLLED = 16, /* descriptors told of a poll */
	NANOSECONDS = 1000000000,
};

struct polled {
	s32 fd;
	s16 events, revents;
};

/* A time in user memory, in nanoseconds; 0 where there is none. */
static __always_inline u64 read_time(const struct call *call, u64 address)
{
	u64 wide[2] = {};
	u32 narrow[2] = {};

	if (call->compat) {
		bpf_probe_read_user(narrow, sizeof(narrow), (void *)address);
		return (u64)narrow[0] * NANOSECONDS + narrow[1];
	}
	bpf_probe_read_user(wide, sizeof(wide), (void *)address);
	return wide[0] * NANOSECONDS + wide[1];
}

/* The descriptors of a poll with what happened to them: a count, then pairs of descriptor and flags. */
static __noinline u64 write_polled(struct scratch *scratch, u64 list, u64 count, u64 off)
{
	u64 start = off, to;
	u32 i;

	if (count > POLLED)
		count = POLLED;
	off += sizeof(u16);
	for (i = 0; i < POLLED && i < count; i++) {
		struct polled polled = {};

		if (bpf_probe_read_user(&polled, sizeof(polled), (void *)(list + i * sizeof(polled))))
			break;
		to = off;
		BOUND(to, MAX_EVENT);
		*(s64 *)&scratch->event[to] = polled.fd;
		*(s16 *)&scratch->event[to + 8] = poll_flags((u16)polled.revents);
		off = launder(scratch, off + 10);
	}
	BOUND(start, MAX_EVENT);
	*(u16 *)&scratch->event[start] = i;
	return launder(scratch, off - start);
}

static __always_inline void put_polled(struct event *event, const struct call *call)
{
	u64 length = write_polled(event->scratch, call->args[0], (u32)call->args[1], event->off);

	BOUND(length, 0xff);
	set_variable_length(event, length);
}

EXIT_EVENT(poll, 81, 3)
{
	put_s64(event, call->ret);
	put_polled(event, call);
	put_s64(event, (s32)call->args[2]);
}

EXIT_EVENT(ppoll, 255, 4)
{
	u32 signals = 0;

	put_s64(event, call->ret);
	put_polled(event, call);
	put_u64(event, read_time(call, call->args[2]));
	bpf_probe_read_user(&signals, sizeof(signals), (void *)call->args[3]);
	put_u32(event, signals);
}

EXIT_EVENT(select, 83, 1)
{
	put_s64(event, call->ret);
}

EXIT_EVENT(epoll_wait, 79, 2)
{
	put_s64(event, call->ret);
	put_s64(event, (s32)call->args[2]);
}

EXIT_EVENT(nanosleep, 135, 2)
{
	put_s64(event, call->ret);
	put_u64(event, read_time(call, call->args[0]));
}

EXIT_EVENT(futex, 65, 4)
{
	put_s64(event, call->ret);
	put_u64(event, call->args[0]);
	put_u16(event, call->args[1] & 0x1ff);
	put_u64(event, call->args[2]);
}

struct semaphore_operation {
	u16 number;
	s16 operation;
	s16 flags;
};

static __always_inline void put_semaphore_operation(struct event *event, const struct call *call, u32 index)
{
	struct semaphore_operation operation = {};

	if (call->ret == 0 && index < (u32)call->args[2])
		bpf_probe_read_user(&operation, sizeof(operation), (void *)(call->args[1] + index * sizeof(operation)));
	put_u16(event, operation.number);
	put_u16(event, operation.operation);
	put_u16(event, BIT_TO((u16)operation.flags, 04000, 1) | BIT_TO((u16)operation.flags, 0x1000, 2));
}

EXIT_EVENT(semop, 251, 9)
{
	put_s64(event, call->ret);
	put_u32(event, call->args[2]);
	put_semaphore_operation(event, call, 0);
	put_semaphore_operation(event, call, 1);
	put_s32(event, call->args[0]);
}

EXIT_EVENT(semget, 263, 4)
{
	put_s64(event, call->ret);
	put_s32(event, call->args[0]);
	put_s32(event, call->args[1]);
	put_u32(event, BIT_TO(call->args[2], 01000, 0x2000) | BIT_TO(call->args[2], 02000, 0x4000));
}

EXIT_EVENT(semctl, 253, 5)
{
	u16 command = semctl_command(call->args[2]);

	put_s64(event, call->ret);
	put_s32(event, call->args[0]);
	put_s32(event, call->args[1]);
	put_u16(event, command);
	put_s32(event, command == 4096 ? call->args[3] : 0);
}
