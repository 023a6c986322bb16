/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Programs started. A successful exec is told by the scheduler's tracepoint, where the new address space is in place and
 * nothing has run in it; failures by the call's exit.
 */
#pragma once
#include "hook.h"
#include "scope.h"
#include "task.h"

enum {
	EXE_WRITABLE = 1,
	EXE_UPPER_LAYER = 2,
	EXE_FROM_MEMFD = 4,
	EXE_LOWER_LAYER = 8,
	SB_RDONLY = 1,
	S_IMMUTABLE = 8,
	S_IFMT = 0170000,
	S_IFDIR = 0040000,
	S_IFREG = 0100000,
	S_IFLNK = 0120000,
	S_IWGRP = 0020,
	S_IWOTH = 0002,
	CAP_DAC_OVERRIDE = 1,
	CAP_FOWNER = 3,
	INLINE_EXTENTS = 5,
};

/*
 * Whether an id of the initial namespace has a name in a user namespace, by the address of the map. Large maps are taken to have
 * all. Not static, so that the verifier looks at it once, not for every id anew.
 */
__noinline u32 id_is_mapped(u64 address, u32 id)
{
	struct uid_gid_map *map = (struct uid_gid_map *)address;
	u32 extents = READ(map, nr_extents), i;
	bool mapped = extents > INLINE_EXTENTS;

	for (i = 0; i < INLINE_EXTENTS; i++) {
		struct uid_gid_extent extent = READ(map, extent[i]);

		mapped |= i < extents && id - extent.lower_first < extent.count;
	}
	return mapped;
}

/* Whether the task could change its own program's file, by ownership, mode bits or capabilities. */
static __always_inline bool exe_is_writable(struct inode *inode, struct cred *cred)
{
	u32 uid = READ(inode, i_uid.val);
	u32 gid = READ(inode, i_gid.val);
	u16 mode = READ(inode, i_mode);
	u16 kind = mode & S_IFMT;
	u64 caps = capabilities(READ(cred, cap_effective));
	struct user_namespace *users = READ(cred, user_ns);
	bool uid_mapped;

	if (READ2(inode, i_sb, s_flags) & SB_RDONLY && (kind == S_IFREG || kind == S_IFDIR || kind == S_IFLNK))
		return false;
	if (READ(inode, i_flags) & S_IMMUTABLE || uid == (u32)-1 || gid == (u32)-1)
		return false;
	if (READ(cred, fsuid.val) == uid)
		return true;
	if (mode & S_IWOTH || (mode & S_IWGRP && READ(cred, fsgid.val) == gid))
		return true;
	uid_mapped = id_is_mapped((u64)&users->uid_map, uid);
	if (caps & (1 << CAP_FOWNER) && uid_mapped)
		return true;
	return caps & (1 << CAP_DAC_OVERRIDE) && uid_mapped && id_is_mapped((u64)&users->gid_map, gid);
}

/* "memfd:" at the start of a file's own name. */
static __always_inline bool is_memfd(struct file *file)
{
	struct dentry *dentry = READ(file, f_path.dentry);
	char name[8] = {};

	if (READ(dentry, d_parent) != dentry)
		return false;
	bpf_probe_read_kernel(name, 6, READ(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':';
}

/* The flags of a program's file for a task with these credentials, all by their addresses. Not static: what comes of it makes no
 * difference to what the verifier goes through behind it. */
__noinline u32 exe_flags(u64 of_file, u64 of_inode, u64 of_cred)
{
	struct file *file = (struct file *)of_file;
	struct inode *inode = (struct inode *)of_inode;
	struct cred *cred = (struct cred *)of_cred;
	enum layer layer = layer_of(inode);
	u32 flags = 0;

	if (exe_is_writable(inode, cred))
		flags |= EXE_WRITABLE;
	if (layer == LAYER_UPPER)
		flags |= EXE_UPPER_LAYER;
	if (layer == LAYER_LOWER)
		flags |= EXE_LOWER_LAYER;
	if (is_memfd(file))
		flags |= EXE_FROM_MEMFD;
	return flags;
}

/* Parameters 16 to 29 of an exec: tty to gid. */
static __always_inline void put_identity_of_exec(struct event *event, struct task_struct *task)
{
	struct file *file = READ2(task, mm, exe_file);
	struct file_facts facts;
	struct inode *inode = READ(file, f_inode);
	struct cred *cred = READ(task, cred);
	struct pid *group = READ2(task, signal, pids[PIDTYPE_PGID]);

	put_u32(event, tty_of(task));
	put_s64(event, innermost(group));
	put_u32(event, loginuid_of(task));
	put_u32(event, file ? exe_flags((u64)file, (u64)inode, (u64)cred) : 0);
	put_u64(event, capabilities(READ(cred, cap_inheritable)));
	put_u64(event, capabilities(READ(cred, cap_permitted)));
	put_u64(event, capabilities(READ(cred, cap_effective)));
	put_u64(event, READ(inode, i_ino));
	put_u64(event, read_ctime(inode));
	put_u64(event, read_mtime(inode));
	put_u32(event, READ(cred, euid.val));
	read_file(&facts, file);
	put_walked(event, walk_file(event, &facts));
	put_s64(event, READ(group, numbers[0].nr));
	put_u32(event, READ(cred, egid.val));
}

SEC("tp_btf/sched_process_exec") int on_exec(u64 *context)
{
	struct task_struct *task = current_task();
	struct linux_binprm *program = (struct linux_binprm *)context[2];
	u32 tid = bpf_get_current_pid_tgid();
	u64 group = groups_of(task);
	u64 class = class_in_group(tid, group);
	struct mm_struct *mm;
	struct event event;
	bool sent;

	if (!in_scope())
		return 0;
	begin_thread(tid);
	if (!event_begin(&event, scratch_of(LANE_EXEC), 293, 31))
		return 0;
	mm = READ(task, mm);
	put_s64(&event, 0);
	put_arguments(&event, mm);
	put_task(&event, task);
	put_cgroups(&event, task);
	put_environment(&event, mm);
	put_identity_of_exec(&event, task);
	put_kernel_string(&event, READ(program, filename));
	sent = event_leaves(&event);
	if (groups_of(task) != group) {
		group = 0;
		if (selection.flags & SELECT_GROUPS)
			class = 0;
	}
	/* The model goes on with the program of before. */
	if (!sent)
		group = class = 0;
	finish_thread(tid, group, sort_of_program(task, class));
	return 0;
}

/* One pointer of argv or envp; 0 at the end of the list. */
static __always_inline u64 read_pointer(u64 list, u32 index, u32 compat)
{
	u64 pointer = 0;
	u32 narrow = 0;

	if (compat) {
		bpf_probe_read_user(&narrow, sizeof(narrow), (void *)(list + 4 * index));
		return narrow;
	}
	bpf_probe_read_user(&pointer, sizeof(pointer), (void *)(list + 8 * index));
	return pointer;
}

/*
 * Copies strings `from`.. of a list of pointers to `off` of the event at the end of a call, at most `room` bytes, and gives how many
 * these are. Not static, so that the verifier looks at it once, not for every list anew.
 */
__noinline u64 copy_list(u64 list, u32 from, u64 room, u64 off)
{
	struct scratch *scratch = scratch_of(LANE_EXIT);
	u64 at = off;
	u32 i;

	if (!scratch)
		return 0;
	for (i = 0; i < FAILED_ARGUMENTS; i++) {
		u64 pointer = read_pointer(list, from + i, scratch->call.compat);
		u64 left = room - (at - off);
		s64 length;

		if (!pointer || !left || left > ARGUMENTS_SIZE)
			break;
		BOUND(left, 0x1fff);
		BOUND(at, MAX_EVENT);
		length = bpf_probe_read_user_str(&scratch->event[at], left, (void *)pointer);
		if (length <= 0)
			length = 1; /* not in memory: the helper leaves an empty string in its place */
		at = launder(scratch, at + length);
	}
	return at - off;
}

/* Strings `from`.. of a list of pointers as one parameter. */
static __always_inline void put_list(struct event *event, u64 list, u32 from, u64 room)
{
	u64 length = copy_list(list, from, room, event->off);

	BOUND(length, 0x1fff);
	set_variable_length(event, length);
}

static __always_inline void put_failed_exec(struct event *event, const struct call *call, u64 argv, u64 envp)
{
	struct task_struct *task = current_task();
	u64 before;

	put_s64(event, call->ret);
	before = event->off;
	put_user_string_or_empty(event, read_pointer(argv, 0, call->compat), ARGUMENTS_SIZE);
	put_list(event, argv, 1, ARGUMENTS_SIZE - (event->off - before));
	put_task(event, task);
	put_cgroups(event, task);
	put_list(event, envp, 0, ARGUMENTS_SIZE);
	put_identity_of_exec(event, task);
}

EXIT_EVENT_WHEN(execve, 293, 31, call->ret != 0)
{
	put_failed_exec(event, call, call->args[1], call->args[2]);
	put_path(event, call->args[0]);
}

EXIT_EVENT_WHEN(execveat, 331, 30, call->ret != 0)
{
	put_failed_exec(event, call, call->args[2], call->args[3]);
}
