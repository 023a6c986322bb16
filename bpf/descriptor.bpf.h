/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Calls that make, copy, change and close descriptors. */
#pragma once
#include "file.h"
#include "flags.h"
#include "hook.h"

EXIT_EVENT(close, 5, 2)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
}

EXIT_EVENT(close_range, 451, 4)
{
	put_s64(event, call->ret);
	put_u32(event, call->args[0]);
	put_u32(event, call->args[1]);
	put_u32(event, call->args[2] & 6);
}

DESCRIPTOR_EVENT(dup, 367, 2, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
}

DESCRIPTOR_EVENT(dup2, 363, 3, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_fd(event, call->args[1]);
}

DESCRIPTOR_EVENT(dup3, 365, 4, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_fd(event, call->args[1]);
	put_u32(event, descriptor_flags(call->args[2]));
}

DESCRIPTOR_EVENT(fcntl, 151, 4, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u8(event, fcntl_command(call->args[1]));
	put_u64(event, call->args[2]);
}

/* The two ends of a pipe and its inode; -1 and 0 where there is none. */
static __always_inline void put_pipe(struct event *event, const struct call *call)
{
	s32 ends[2] = { -1, -1 };
	u64 ino = 0;

	if (call->ret == 0) {
		bpf_probe_read_user(ends, sizeof(ends), (void *)call->args[0]);
		ino = READ2(file_of(ends[0]), f_inode, i_ino);
	}
	put_s64(event, call->ret);
	put_s64(event, ends[0]);
	put_s64(event, ends[1]);
	put_u64(event, ino);
}

EXIT_EVENT(pipe, 61, 4)
{
	put_pipe(event, call);
}

EXIT_EVENT(pipe2, 393, 5)
{
	put_pipe(event, call);
	put_u32(event, descriptor_flags(call->args[1]));
}

EXIT_EVENT(eventfd, 63, 3)
{
	put_s64(event, call->ret);
	put_u64(event, call->args[0]);
	put_u32(event, 0);
}

EXIT_EVENT(eventfd2, 397, 3)
{
	put_s64(event, call->ret);
	put_u16(event, descriptor_flags(call->args[1]));
	put_u64(event, call->args[0]);
}

/* The low 32 signals of a set in user memory; 0 where there is none. */
static __always_inline u32 read_signals(u64 address)
{
	u32 signals = 0;

	bpf_probe_read_user(&signals, sizeof(signals), (void *)address);
	return signals;
}

EXIT_EVENT(signalfd, 127, 4)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, read_signals(call->args[1]));
	put_u8(event, 0);
}

EXIT_EVENT(signalfd4, 399, 4)
{
	put_s64(event, call->ret);
	put_u16(event, descriptor_flags(call->args[3]));
	put_fd(event, call->args[0]);
	put_u32(event, read_signals(call->args[1]));
}

EXIT_EVENT(timerfd_create, 137, 3)
{
	put_s64(event, call->ret);
	put_u8(event, call->args[0]);
	put_u8(event, descriptor_flags(call->args[1]));
}

EXIT_EVENT(inotify_init, 139, 2)
{
	put_s64(event, call->ret);
	put_u8(event, 0);
}

EXIT_EVENT(inotify_init1, 395, 2)
{
	put_s64(event, call->ret);
	put_u16(event, descriptor_flags(call->args[0]));
}

EXIT_EVENT(epoll_create, 375, 2)
{
	put_s64(event, call->ret);
	put_s32(event, call->args[0]);
}

EXIT_EVENT(epoll_create1, 377, 2)
{
	put_s64(event, call->ret);
	put_u32(event, BIT_TO(call->args[0], O_CLOEXEC, 1));
}

EXIT_EVENT(userfaultfd, 321, 2)
{
	put_s64(event, call->ret);
	put_u32(event, descriptor_flags(call->args[0]));
}

EXIT_EVENT(memfd_create, 405, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, call->args[1] & 7);
}

EXIT_EVENT(pidfd_open, 409, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, BIT_TO(call->args[1], O_NONBLOCK, 1));
}

EXIT_EVENT(pidfd_getfd, 407, 4)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_fd(event, call->args[1]);
	put_u32(event, call->args[2]);
}

EXIT_EVENT(bpf, 369, 2)
{
	put_s64(event, call->ret);
	put_u32(event, call->args[0]);
}

DESCRIPTOR_EVENT(flock, 243, 3, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, call->args[1] & 0xf);
}

DESCRIPTOR_EVENT(fstat, 71, 2, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
}

DESCRIPTOR_EVENT(getdents, 237, 2, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
}

DESCRIPTOR_EVENT(getdents64, 239, 2, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
}

DESCRIPTOR_EVENT(fchdir, 97, 2, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
}

DESCRIPTOR_EVENT(fchmod, 317, 3, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, call->args[1] & 07777);
}

DESCRIPTOR_EVENT(fchown, 383, 4, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, id_argument(call, 1));
	put_u32(event, id_argument(call, 2));
}

DESCRIPTOR_EVENT(ioctl, 171, 4, 0)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u64(event, call->args[1]);
	put_u64(event, call->args[2]);
}

enum { IA32_LLSEEK = 140 };

DESCRIPTOR_EVENT(lseek, 87, 4, 0)
{
	bool halves = call->compat && call->raw == IA32_LLSEEK;
	u64 whence = halves ? call->args[4] : call->args[2];

	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u64(event, halves ? call->args[1] << 32 | call->args[2] : call->args[1]);
	put_u8(event, whence <= 2 ? whence : 0);
}
