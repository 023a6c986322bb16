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

/* O_NONBLOCK and O_CLOEXEC, which every call that makes a descriptor takes under the same numbers. */
static __always_inline u32 descriptor_flags(u64 flags)
{
	return BIT_TO(flags, O_NONBLOCK, 0x40) | BIT_TO(flags, O_CLOEXEC, 0x1000);
}

static __always_inline u8 fcntl_command(u32 command)
{
	switch (command) {
	case 0 ... 4: /* DUPFD, GETFD, SETFD, GETFL, SETFL */
		return command + 1;
	case 5: /* GETLK */
		return 6;
	case 6 ... 8: /* SETLK, SETLKW, SETOWN */
		return command + 2;
	case 9: /* GETOWN */
		return 12;
	case 10: /* SETSIG */
		return 13;
	case 11: /* GETSIG */
		return 15;
	case 12 ... 14: /* GETLK64, SETLK64, SETLKW64 */
		return command + 5;
	case 15 ... 16: /* SETOWN_EX, GETOWN_EX */
		return command + 6;
	case 36 ... 38: /* OFD_GETLK, OFD_SETLK, OFD_SETLKW */
		return command - 6;
	case 1024 ... 1025: /* SETLEASE, GETLEASE */
		return command - 1024 + 23;
	case 1026: /* NOTIFY */
		return 27;
	case 1029 ... 1030: /* CANCELLK, DUPFD_CLOEXEC */
		return command - 1029 + 25;
	case 1031 ... 1032: /* SETPIPE_SZ, GETPIPE_SZ */
		return command - 1031 + 28;
	default:
		return 0;
	}
}

static __always_inline u16 quota_command(u32 command)
{
	switch (command) {
	case 0x800001: /* SYNC */
		return 128;
	case 0x800002 ... 0x800003: /* QUOTAON, QUOTAOFF */
		return 1 << (command - 0x800002);
	case 0x800004 ... 0x800008: /* GETFMT, GETINFO, SETINFO, GETQUOTA, SETQUOTA */
		return 1 << (command - 0x800002);
	case 0x5801 ... 0x5803: /* XQUOTAON, XQUOTAOFF, XGETQUOTA */
		return 256 << (command - 0x5801);
	case 0x5804: /* XSETQLIM */
		return 2048;
	case 0x5805: /* XGETQSTAT */
		return 4096;
	case 0x5806: /* XQUOTARM */
		return 8192;
	case 0x5807: /* XQUOTASYNC */
		return 16384;
	default:
		return 0;
	}
}

static __always_inline u8 quota_format(u32 format)
{
	switch (format) {
	case 1: /* VFS_OLD */
		return 2;
	case 2: /* VFS_V0 */
		return 4;
	case 4: /* VFS_V1 */
		return 8;
	default:
		return 1;
	}
}

/* Protection bits; the first four are the kernel's. */
static __always_inline u32 protection_flags(u64 bits)
{
	return (bits & 7) | BIT_TO(bits, 0x8, 0x8) | BIT_TO(bits, 0x1000000, 0x10) | BIT_TO(bits, 0x2000000, 0x20) |
	       BIT_TO(bits, 0x10, 0x40);
}

static __always_inline u32 mapping_flags(u64 bits)
{
	u32 out = bits & 3; /* SHARED, PRIVATE */

	out |= BIT_TO(bits, 0x10, 0x4);	     /* FIXED */
	out |= BIT_TO(bits, 0x20, 0x8);	     /* ANONYMOUS */
#if defined(__TARGET_ARCH_x86)
	out |= BIT_TO(bits, 0x40, 0x10);     /* 32BIT */
#endif
	out |= BIT_TO(bits, 0x4000, 0x40);   /* NORESERVE */
	out |= BIT_TO(bits, 0x8000, 0x80);   /* POPULATE */
	out |= BIT_TO(bits, 0x10000, 0x100); /* NONBLOCK */
	out |= BIT_TO(bits, 0x100, 0x200);   /* GROWSDOWN */
	out |= BIT_TO(bits, 0x800, 0x400);   /* DENYWRITE */
	out |= BIT_TO(bits, 0x1000, 0x800);  /* EXECUTABLE */
	out |= BIT_TO(bits, 0x2000, 0x4000); /* LOCKED */
	return out;
}

static __always_inline s16 poll_flags(u64 bits)
{
	u32 out = bits & 7; /* IN, PRI, OUT */

	out |= BIT_TO(bits, 0x2000, 0x8);  /* RDHUP */
	out |= BIT_TO(bits, 0x8, 0x10);	   /* ERR */
	out |= BIT_TO(bits, 0x10, 0x20);   /* HUP */
	out |= BIT_TO(bits, 0x20, 0x40);   /* NVAL */
	out |= BIT_TO(bits, 0x40, 0x80);   /* RDNORM */
	out |= BIT_TO(bits, 0x80, 0x100);  /* RDBAND */
	out |= BIT_TO(bits, 0x100, 0x200); /* WRNORM */
	out |= BIT_TO(bits, 0x200, 0x400); /* WRBAND */
	return out;
}

static __always_inline u16 semctl_command(u32 command)
{
	switch (command & ~0x100U) { /* IPC_64 is a version, not a command */
	case 0: /* RMID */
		return 4;
	case 1: /* SET */
		return 2;
	case 2: /* STAT */
		return 1;
	case 3: /* INFO */
		return 8;
	case 11: /* GETPID */
		return 256;
	case 12: /* GETVAL */
		return 512;
	case 13: /* GETALL */
		return 64;
	case 14: /* GETNCNT */
		return 128;
	case 15: /* GETZCNT */
		return 1024;
	case 16: /* SETVAL */
		return 4096;
	case 17: /* SETALL */
		return 2048;
	case 18: /* SEM_STAT */
		return 32;
	case 19: /* SEM_INFO */
		return 16;
	default:
		return 0;
	}
}

static __always_inline u32 uring_setup_flags(u64 bits)
{
	u32 out = bits & 3; /* IOPOLL, SQPOLL */

	/* SQ_AFF, CQSIZE, CLAMP, ATTACH_WQ, R_DISABLED sit one bit higher in events. */
	return out | ((bits & 0x7c) << 1);
}
