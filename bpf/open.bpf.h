/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Calls that open files. */
#pragma once
#include "file.h"
#include "flags.h"
#include "hook.h"

struct opened {
	struct file_facts file;
	u32 flags; /* what only the opened file tells: created by this call, overlay layer */
	u32 device;
	u64 ino;
	enum layer layer;
};

static __always_inline void read_opened(struct opened *opened, s64 fd)
{
	*opened = (struct opened){};
	if (fd < 0)
		return;
	read_file(&opened->file, file_of(fd));
	if (!opened->file.file)
		return;
	opened->device = device_of(opened->file.inode);
	opened->ino = READ(opened->file.inode, i_ino);
	opened->layer = layer_of(opened->file.inode);
	opened->flags = BIT_TO(opened->file.mode, FMODE_CREATED, PPM_O_F_CREATED);
	if (opened->layer == LAYER_UPPER)
		opened->flags |= PPM_FD_UPPER_LAYER;
	if (opened->layer == LAYER_LOWER)
		opened->flags |= PPM_FD_LOWER_LAYER;
}

static __always_inline void put_identity(struct event *event, const struct opened *opened)
{
	put_u32(event, opened->device);
	put_u64(event, opened->ino);
}

static __always_inline void put_extension(struct event *event, const struct opened *opened)
{
	if (!opened->file.file)
		return;
	put_generation(event, opened->file.inode);
	if (resolve_paths)
		put_resolved_path(event, &opened->file);
}

/* The two longs that openat2 takes behind a pointer. */
struct open_how {
	u64 flags, mode, resolve;
};

static __always_inline u32 resolve_flags(u64 resolve)
{
	u32 out = 0;

	out |= BIT_TO(resolve, 0x08, 0x1);  /* BENEATH */
	out |= BIT_TO(resolve, 0x10, 0x2);  /* IN_ROOT */
	out |= BIT_TO(resolve, 0x02, 0x4);  /* NO_MAGICLINKS */
	out |= BIT_TO(resolve, 0x04, 0x8);  /* NO_SYMLINKS */
	out |= BIT_TO(resolve, 0x01, 0x10); /* NO_XDEV */
	out |= BIT_TO(resolve, 0x20, 0x20); /* CACHED */
	return out;
}

EXIT_EVENT(open, 3, 6)
{
	struct opened opened;

	read_opened(&opened, call->ret);
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, open_flags(call->args[1]) | opened.flags);
	put_u32(event, open_mode(call->args[1], call->args[2]));
	put_identity(event, &opened);
	put_extension(event, &opened);
}

EXIT_EVENT(openat, 307, 7)
{
	struct opened opened;

	read_opened(&opened, call->ret);
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, open_flags(call->args[2]) | opened.flags);
	put_u32(event, open_mode(call->args[2], call->args[3]));
	put_identity(event, &opened);
	put_base(event, call->args[0]);
	put_extension(event, &opened);
}

EXIT_EVENT(openat2, 327, 8)
{
	struct open_how how = {};
	struct opened opened;

	read_opened(&opened, call->ret);
	bpf_probe_read_user(&how, sizeof(how), (void *)call->args[2]);
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_path(event, call->args[1]);
	put_u32(event, open_flags(how.flags) | opened.flags);
	put_u32(event, open_mode(how.flags, how.mode));
	put_u32(event, resolve_flags(how.resolve));
	put_identity(event, &opened);
	put_base(event, call->args[0]);
	put_extension(event, &opened);
}

EXIT_EVENT(creat, 59, 6)
{
	struct opened opened;
	u16 flags = 0;

	read_opened(&opened, call->ret);
	if (opened.layer == LAYER_UPPER)
		flags = PPM_CREAT_UPPER_LAYER;
	if (opened.layer == LAYER_LOWER)
		flags = PPM_CREAT_LOWER_LAYER;
	put_s64(event, call->ret);
	put_path(event, call->args[0]);
	put_u32(event, open_mode(O_CREAT, call->args[1]));
	put_identity(event, &opened);
	put_u16(event, flags);
	put_extension(event, &opened);
}

EXIT_EVENT(open_by_handle_at, 337, 6)
{
	struct opened opened;

	read_opened(&opened, call->ret);
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, open_flags(call->args[2]) | opened.flags);
	if (opened.file.file)
		put_walked(event, walk_file(event, &opened.file));
	else
		put_empty(event);
	put_identity(event, &opened);
	put_extension(event, &opened);
}
