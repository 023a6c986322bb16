/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What is told of a task when it is born and when it runs a new program. */
#pragma once
#include "file.h"
#include "flags.h"

enum {
	PIDTYPE_TGID = 1,
	PIDTYPE_PGID = 2,
	RLIMIT_NOFILE = 7,
	ARGUMENTS_SIZE = 4096,
	FAILED_ARGUMENTS = 16, /* pointers followed where there is no new address space to read from */
	CGROUP_DEPTH = 6,
	KNOWN_CAPABILITIES = 41,
};

/* Kibibytes of pages. */
static __always_inline u32 kib(s64 pages)
{
	return pages << 2;
}

static __always_inline void put_memory(struct event *event, struct task_struct *task)
{
	struct mm_struct *mm = READ(task, mm);

	if (!mm) {
		put_u32(event, 0);
		put_u32(event, 0);
		put_u32(event, 0);
		return;
	}
	put_u32(event, kib(READ(mm, total_vm)));
	put_u32(event, kib(read_rss(mm, RSS_FILE) + read_rss(mm, RSS_ANON) + read_rss(mm, RSS_SHMEM)));
	put_u32(event, kib(read_rss(mm, RSS_SWAP)));
}

/* A process's id in its own pid namespace. */
static __always_inline s64 innermost(struct pid *pid)
{
	return READ(pid, numbers[READ(pid, level)].nr);
}

static __always_inline struct pid_namespace *pid_namespace_of(struct task_struct *task)
{
	struct pid *pid = READ(task, thread_pid);

	return READ(pid, numbers[READ(pid, level)].ns);
}

/* tid, pid, ptid, cwd (never told), fdlimit, page faults, memory, comm: parameters 3 to 13 of births and execs. */
static __always_inline void put_task(struct event *event, struct task_struct *task)
{
	put_s64(event, READ(task, pid));
	put_s64(event, READ(task, tgid));
	put_s64(event, READ2(task, real_parent, pid));
	put_empty(event);
	put_s64(event, READ2(task, signal, rlim[RLIMIT_NOFILE].rlim_cur));
	put_u64(event, READ(task, maj_flt));
	put_u64(event, READ(task, min_flt));
	put_memory(event, task);
	put_kernel_string(event, &task->comm);
}

/* `length` bytes of NUL-separated strings, the last of which may be cut: it gets its NUL. */
static __always_inline void put_strings(struct event *event, u64 address, u64 length)
{
	u64 last = position(event), ok;
	s64 failed;

	BOUND(length, 0x1fff);
	failed = bpf_probe_read_user(event->data + position(event), length, (void *)address);
	ok = unless_failed(length, failed);
	if (ok) {
		last += ok - 1;
		BOUND(last, 2 * (MAX_EVENT + 1) - 1);
		event->data[last] = 0;
	}
	set_variable_length(event, ok);
}

static __always_inline u64 at_most(u64 value, u64 limit)
{
	return value < limit ? value : limit;
}

/* exe and args of an address space; both share ARGUMENTS_SIZE bytes. */
static __always_inline void put_arguments(struct event *event, struct mm_struct *mm)
{
	u64 start = READ(mm, arg_start);
	u64 end = READ(mm, arg_end);
	u64 before = event->off, exe;

	put_user_string(event, start, ARGUMENTS_SIZE);
	exe = event->off - before;
	start += exe;
	put_strings(event, start, end > start ? at_most(end - start, ARGUMENTS_SIZE - exe) : 0);
}

static __always_inline void put_environment(struct event *event, struct mm_struct *mm)
{
	u64 start = READ(mm, env_start);
	u64 end = READ(mm, env_end);

	put_strings(event, start, end > start ? at_most(end - start, ARGUMENTS_SIZE) : 0);
}

/*
 * Bytes of the path in one `subsys=path` at `off` of the event in the scratch of `lane`, NUL included. The path is walked leaf to
 * root into the end of the path scratch. Not static, so that the verifier looks at it once, not for every subsystem anew.
 */
__noinline u64 write_cgroup(u64 address, u64 off, u32 lane)
{
	struct scratch *scratch = scratch_of(lane);
	struct cgroup *cgroup = (struct cgroup *)address;
	struct kernfs_node *node = READ(cgroup, kn);
	u64 at = PATH_SIZE - 1, length;
	u32 depth;

	if (!scratch)
		return 0;
	scratch->path[PATH_SIZE - 1] = 0;
	for (depth = 0; depth < CGROUP_DEPTH; depth++) {
		struct kernfs_node *parent = read_kernfs_parent(node);
		char *name = READ(node, name);
		u8 *piece = &scratch->path[PATH_SIZE];
		s64 size;

		at = launder(scratch, at);

		if (!node || !parent)
			break;
		size = bpf_probe_read_kernel_str(piece, NAME_SIZE, name);
		length = unless_failed(size, size);
		BOUND(length, NAME_SIZE - 1);
		if (length < 2)
			break;
		length--;
		at -= length + 1;
		BOUND(at, PATH_SIZE - 1);
		scratch->path[at] = '/';
		bpf_probe_read_kernel(&scratch->path[at + 1], length, piece);
		node = parent;
	}
	if (at == PATH_SIZE - 1) {
		at--;
		scratch->path[PATH_SIZE - 2] = '/';
	}
	length = PATH_SIZE - at;
	BOUND(at, PATH_SIZE - 1);
	BOUND(length, 0x7ff);
	BOUND(off, MAX_EVENT);
	bpf_probe_read_kernel(&scratch->event[off], length, &scratch->path[at]);
	return launder(scratch, length);
}

static __always_inline u64 put_cgroup(struct event *event, struct css_set *set, u32 index, const char *name, u32 size)
{
	struct cgroup *cgroup = READ2(set, subsys[index], cgroup);
	u64 length;

	__builtin_memcpy(event->data + position(event), name, 16);
	event->off += size;
	length = write_cgroup((u64)cgroup, event->off, event->scratch->lane);
	event->off += length;
	return size + length;
}

#define PUT_CGROUP(event, set, id, name)                                                                               \
	(ENUM_VALUE_EXISTS(enum cgroup_subsys_id, id)                                                                  \
		 ? put_cgroup(event, set, ENUM_VALUE(enum cgroup_subsys_id, id), name "=\0\0\0\0\0\0\0\0\0\0\0\0\0",  \
			      sizeof(name))                                                                           \
		 : 0)

static __always_inline void put_cgroups(struct event *event, struct task_struct *task)
{
	struct css_set *set = READ(task, cgroups);
	u64 length = 0;

	length += PUT_CGROUP(event, set, cpuset_cgrp_id, "cpuset");
	length += PUT_CGROUP(event, set, cpu_cgrp_id, "cpu");
	length += PUT_CGROUP(event, set, cpuacct_cgrp_id, "cpuacct");
	length += PUT_CGROUP(event, set, io_cgrp_id, "io");
	length += PUT_CGROUP(event, set, memory_cgrp_id, "memory");
	/* The bytes are written; what is left is the parameter's length. */
	event->off -= length;
	set_variable_length(event, length);
}

static __always_inline u64 capabilities(kernel_cap_t caps)
{
	return caps.val & ((1ULL << KNOWN_CAPABILITIES) - 1);
}

/* The controlling terminal's device number; 0 where there is none. */
static __always_inline u32 tty_of(struct task_struct *task)
{
	struct tty_struct *tty = READ2(task, signal, tty);
	struct tty_driver *driver = READ(tty, driver);

	if (!tty)
		return 0;
	return encode_device(((u32)READ(driver, major) << 20 | READ(driver, minor_start)) + READ(tty, index));
}

/* loginuid is only kept where the kernel audits. */
static __always_inline u32 loginuid_of(struct task_struct *task)
{
	return FIELD_EXISTS(task, loginuid) ? READ(task, loginuid.val) : (u32)-1;
}
