/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* From the kernel's flag values to those of events, which are the same on every architecture. */
#pragma once
#include "bpf.h"

#if defined(__TARGET_ARCH_x86)
enum { O_DIRECT = 040000, O_LARGEFILE = 0100000, O_DIRECTORY = 0200000 };
#else
enum { O_DIRECTORY = 040000, O_DIRECT = 0200000, O_LARGEFILE = 0400000 };
#endif
enum {
	O_ACCMODE = 3,
	O_CREAT = 0100,
	O_EXCL = 0200,
	O_TRUNC = 01000,
	O_APPEND = 02000,
	O_NONBLOCK = 04000,
	O_DSYNC = 010000,
	O_CLOEXEC = 02000000,
	O_SYNC = 04000000 | O_DSYNC,
	O_TMPFILE = 020000000 | O_DIRECTORY,
};

enum {
	PPM_O_F_CREATED = 0x4000,
	PPM_FD_UPPER_LAYER = 0x8000,
	PPM_FD_LOWER_LAYER = 0x10000,
	PPM_CREAT_UPPER_LAYER = 1,
	PPM_CREAT_LOWER_LAYER = 2,
};

static __always_inline u32 open_flags(u64 flags)
{
	u64 access = flags & O_ACCMODE;
	u32 out;

	/* 0, 1, 2 are read, write, both; both access bits set opens for neither and counts as read. */
	out = access == 3 ? 1 : access + 1;
	out |= BIT_TO(flags, O_CREAT, 0x4);
	out |= BIT_TO(flags, O_APPEND, 0x8);
	out |= BIT_TO(flags, O_DSYNC, 0x10);
	out |= BIT_TO(flags, O_EXCL, 0x20);
	out |= BIT_TO(flags, O_NONBLOCK, 0x40);
	out |= BIT_TO(flags, O_TRUNC, 0x100);
	out |= BIT_TO(flags, O_DIRECT, 0x200);
	out |= BIT_TO(flags, O_DIRECTORY, 0x400);
	out |= BIT_TO(flags, O_LARGEFILE, 0x800);
	out |= BIT_TO(flags, O_CLOEXEC, 0x1000);
	/* O_SYNC and O_TMPFILE are two bits each; like the reference, either bit counts. */
	out |= flags & O_SYNC ? 0x80 : 0;
	out |= flags & O_TMPFILE ? 0x2000 : 0;
	return out;
}

/* The mode of a call that may create a file; 0 where the argument means nothing. */
static __always_inline u32 open_mode(u64 flags, u64 mode)
{
	return flags & (O_CREAT | O_TMPFILE) ? mode & 07777 : 0;
}

enum {
	CLONE_VM = 0x100,
	CLONE_FS = 0x200,
	CLONE_FILES = 0x400,
	CLONE_SIGHAND = 0x800,
	CLONE_PTRACE = 0x2000,
	CLONE_VFORK = 0x4000,
	CLONE_PARENT = 0x8000,
	CLONE_THREAD = 0x10000,
	CLONE_NEWNS = 0x20000,
	CLONE_SYSVSEM = 0x40000,
	CLONE_SETTLS = 0x80000,
	CLONE_PARENT_SETTID = 0x100000,
	CLONE_CHILD_CLEARTID = 0x200000,
	CLONE_UNTRACED = 0x800000,
	CLONE_CHILD_SETTID = 0x1000000,
	CLONE_NEWCGROUP = 0x2000000,
	CLONE_NEWUTS = 0x4000000,
	CLONE_NEWIPC = 0x8000000,
	CLONE_NEWUSER = 0x10000000,
	CLONE_NEWPID = 0x20000000,
	CLONE_NEWNET = 0x40000000,
};
#define CLONE_IO 0x80000000ULL

enum { PPM_CHILD_IN_PIDNS = 0x20000000 };

static __always_inline u32 clone_flags(u64 flags)
{
	u32 out = 0;

	out |= BIT_TO(flags, CLONE_FILES, 0x1);
	out |= BIT_TO(flags, CLONE_FS, 0x2);
	out |= BIT_TO(flags, CLONE_IO, 0x4);
	out |= BIT_TO(flags, CLONE_NEWIPC, 0x8);
	out |= BIT_TO(flags, CLONE_NEWNET, 0x10);
	out |= BIT_TO(flags, CLONE_NEWNS, 0x20);
	out |= BIT_TO(flags, CLONE_NEWPID, 0x40);
	out |= BIT_TO(flags, CLONE_NEWUTS, 0x80);
	out |= BIT_TO(flags, CLONE_PARENT, 0x100);
	out |= BIT_TO(flags, CLONE_PARENT_SETTID, 0x200);
	out |= BIT_TO(flags, CLONE_PTRACE, 0x400);
	out |= BIT_TO(flags, CLONE_SIGHAND, 0x800);
	out |= BIT_TO(flags, CLONE_SYSVSEM, 0x1000);
	out |= BIT_TO(flags, CLONE_THREAD, 0x2000);
	out |= BIT_TO(flags, CLONE_UNTRACED, 0x4000);
	out |= BIT_TO(flags, CLONE_VM, 0x8000);
	out |= BIT_TO(flags, CLONE_NEWUSER, 0x100000);
	out |= BIT_TO(flags, CLONE_CHILD_CLEARTID, 0x800000);
	out |= BIT_TO(flags, CLONE_CHILD_SETTID, 0x1000000);
	out |= BIT_TO(flags, CLONE_SETTLS, 0x2000000);
	out |= BIT_TO(flags, CLONE_VFORK, 0x8000000);
	out |= BIT_TO(flags, CLONE_NEWCGROUP, 0x10000000);
	return out;
}
