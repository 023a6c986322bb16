/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Calls that name files: made, moved, linked, removed, changed, looked at, mounted. */
#pragma once
#include "file.h"
#include "flags.h"
#include "hook.h"

/* Most are a result and one path. */
#define PATH_EVENT(name, code)                                                                                         \
	EXIT_EVENT(name, code, 2)                                                                                      \
	{                                                                                                              \
		put_s64(event, call->ret);                                                                             \
		put_path(event, call->args[0]);                                                                        \
	}

PATH_EVENT(stat, 67)
PATH_EVENT(lstat, 69)
PATH_EVENT(chdir, 95)
PATH_EVENT(rmdir, 279)
PATH_EVENT(unlink, 301)
PATH_EVENT(chroot, 267)
PATH_EVENT(umount, 387)

EXIT_EVENT(newfstatat, 419, 4)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, call->args[3] & 0x1900);
	put_base(event, call->args[0]);
}

EXIT_EVENT(access, 265, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, call->args[1] & 7);
}

EXIT_EVENT(getcwd, 93, 2)
{
	put_s64(event, call->ret);
	put_path(event, call->ret > 0 ? call->args[0] : 0);
}

EXIT_EVENT(mkdir, 277, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, call->args[1]);
}

EXIT_EVENT(mkdirat, 305, 4)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, call->args[2]);
	put_base(event, call->args[0]);
}

EXIT_EVENT(unlinkat, 303, 4)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, call->args[2] & 0x200);
	put_base(event, call->args[0]);
}

EXIT_EVENT(rename, 175, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_path(event, call->args[1]);
}

static __always_inline void put_two_relative_paths(struct event *event, const struct call *call)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_fd(event, call->args[2]);
	put_path(event, call->args[3]);
}

static __always_inline void put_two_bases(struct event *event, const struct call *call)
{
	put_base(event, call->args[0]);
	put_base(event, call->args[2]);
}

EXIT_EVENT(renameat, 177, 5)
{
	put_two_relative_paths(event, call);
	put_two_bases(event, call);
}

EXIT_EVENT(renameat2, 319, 6)
{
	put_two_relative_paths(event, call);
	put_u32(event, call->args[4] & 7);
	put_two_bases(event, call);
}

EXIT_EVENT(link, 309, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_path(event, call->args[1]);
}

EXIT_EVENT(linkat, 311, 6)
{
	put_two_relative_paths(event, call);
	put_u32(event, call->args[4] & 0x1400);
	put_two_bases(event, call);
}

EXIT_EVENT(symlink, 179, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_path(event, call->args[1]);
}

EXIT_EVENT(symlinkat, 181, 4)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_fd(event, call->args[1]);
	put_path(event, call->args[2]);
	put_base(event, call->args[1]);
}

EXIT_EVENT(chmod, 315, 3)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, call->args[1] & 07777);
}

EXIT_EVENT(fchmodat, 313, 4)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, call->args[2] & 07777);
	put_base(event, call->args[0]);
}

static __always_inline void put_owner_change(struct event *event, const struct call *call)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, id_argument(call, 1));
	put_u32(event, id_argument(call, 2));
}

EXIT_EVENT(chown, 379, 4)
{
	put_owner_change(event, call);
}

EXIT_EVENT(lchown, 381, 4)
{
	put_owner_change(event, call);
}

EXIT_EVENT(fchownat, 385, 6)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, call->args[2]);
	put_u32(event, call->args[3]);
	put_u32(event, (call->args[4] & 0x1000) | BIT_TO(call->args[4], 0x100, 0x400));
	put_base(event, call->args[0]);
}

EXIT_EVENT(mknod, 415, 4)
{
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, call->args[1] & 0177777);
	put_u32(event, call->args[2]);
}

EXIT_EVENT(mknodat, 417, 5)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, call->args[2] & 0177777);
	put_u32(event, call->args[3]);
	put_base(event, call->args[0]);
}

EXIT_EVENT(mount, 257, 5)
{
	u64 flags = call->args[3];

	/* Old programs put a magic number in the upper half, which the kernel ignores. */
	if ((flags & 0xffff0000) == 0xc0ed0000)
		flags &= 0xffff;
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_path(event, call->args[1]);
	put_path(event, call->args[2]);
	put_u32(event, flags);
}

enum { IA32_UMOUNT = 22 }; /* without flags */

EXIT_EVENT(umount2, 391, 3)
{
	bool plain = call->compat && call->raw == IA32_UMOUNT;

	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, plain ? 0 : call->args[1] & 0xf);
}

enum {
	FSCONFIG_SET_STRING = 1,
	FSCONFIG_SET_BINARY = 2,
	FSCONFIG_SET_PATH = 3,
	FSCONFIG_SET_PATH_EMPTY = 4,
};

EXIT_EVENT(fsconfig, 373, 7)
{
	u32 command = call->args[1];
	bool is_text = command == FSCONFIG_SET_STRING || command == FSCONFIG_SET_PATH || command == FSCONFIG_SET_PATH_EMPTY;

	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, command);
	put_path(event, call->args[2]);
	put_user_bytes(event, call->args[3], command == FSCONFIG_SET_BINARY ? call->args[4] & 0xfff : 0);
	put_path(event, is_text ? call->args[3] : 0);
	put_s32(event, call->args[4]);
}

struct quota_block {
	u64 bhardlimit, bsoftlimit, curspace, ihardlimit, isoftlimit, curinodes, btime, itime;
	u32 valid;
};

struct quota_info {
	u64 bgrace, igrace;
	u32 flags, valid;
};

enum {
	Q_SYNC = 0x800001,
	Q_QUOTAON = 0x800002,
	Q_GETFMT = 0x800004,
	Q_GETINFO = 0x800005,
	Q_SETINFO = 0x800006,
	Q_GETQUOTA = 0x800007,
	Q_SETQUOTA = 0x800008,
	QUOTA_NOT_USED = 1,
};

EXIT_EVENT(quotactl, 191, 18)
{
	u32 command = (u32)call->args[0] >> 8;
	struct quota_block block = {};
	struct quota_info info = {};
	u32 format = 0;

	if (call->ret == 0) {
		if (command == Q_GETQUOTA || command == Q_SETQUOTA)
			bpf_probe_read_user(&block, sizeof(block), (void *)call->args[3]);
		if (command == Q_GETINFO || command == Q_SETINFO)
			bpf_probe_read_user(&info, sizeof(info), (void *)call->args[3]);
		if (command == Q_GETFMT)
			bpf_probe_read_user(&format, sizeof(format), (void *)call->args[3]);
	}
	put_s64(event, call->ret);
	put_path(event, call->args[1]);
	put_path(event, command == Q_QUOTAON ? call->args[3] : 0);
	put_u64(event, block.bhardlimit);
	put_u64(event, block.bsoftlimit);
	put_u64(event, block.curspace);
	put_u64(event, block.ihardlimit);
	put_u64(event, block.isoftlimit);
	put_u64(event, block.btime);
	put_u64(event, block.itime);
	put_u64(event, info.bgrace);
	put_u64(event, info.igrace);
	put_u8(event, info.flags);
	put_u8(event, command == Q_GETFMT ? quota_format(format) : QUOTA_NOT_USED);
	put_u16(event, quota_command(command));
	put_u8(event, (call->args[0] & 0xff) == 1 ? 2 : 1);
	put_u32(event, call->args[2]);
	put_u8(event, command == Q_QUOTAON ? quota_format(call->args[2]) : QUOTA_NOT_USED);
}
