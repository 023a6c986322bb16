/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Tasks born and gone, and signals delivered. */
#pragma once
#include "hook.h"
#include "scope.h"
#include "task.h"

enum {
	PF_EXITING = 0x4,
	PF_KTHREAD = 0x200000,
	SIGNAL_GROUP_EXIT = 0x4,
	SIBLINGS = 30,
	ANCESTORS = 10, /* looked at by one call */
	ANCESTRIES = 6,
	NOT_FOUND = -1,
};

/* Event flags of a birth: those of the call, and whether the child lives in another pid namespace. */
static __always_inline u32 birth_flags(struct task_struct *task, u64 flags)
{
	struct pid_namespace *own = pid_namespace_of(task);
	u32 out = clone_flags(flags);

	if (READ(own, level) != 0 || READ2(task, nsproxy, pid_ns_for_children) != own)
		out |= PPM_CHILD_IN_PIDNS;
	return out;
}

/* Where the events of a new process go, with its parent's event: its own says so of itself. */
static __always_inline void put_child_ring(struct event *event, struct task_struct *task, s64 result, u64 flags)
{
	if (!lifecycle_ring || result <= 0 || flags & CLONE_THREAD)
		return;
	/* In a namespace of its own the caller knows the child by another number. */
	if (READ(pid_namespace_of(task), level) == 0)
		*(u32 *)put_entry(event, EXTENSION_CHILD_RING, 4) = ring_of_process(result);
}

static __always_inline void put_birth(struct event *event, struct task_struct *task, s64 result, u64 flags)
{
	struct cred *cred = READ(task, cred);
	u64 init_start = 0;

	put_s64(event, result);
	if (result >= 0) {
		put_arguments(event, READ(task, mm));
	} else {
		put_empty(event);
		put_empty(event);
	}
	put_task(event, task);
	put_cgroups(event, task);
	put_u32(event, birth_flags(task, flags));
	put_u32(event, READ(cred, euid.val));
	put_u32(event, READ(cred, egid.val));
	put_s64(event, innermost(READ(task, thread_pid)));
	put_s64(event, innermost(READ2(task, group_leader, thread_pid)));
	if (result == 0)
		init_start = READ2(pid_namespace_of(task), child_reaper, start_time);
	put_u64(event, init_start);
	put_child_ring(event, task, result, flags);
}

/* On x86 the child's own return from the call is an exit too; elsewhere the scheduler's tracepoint tells of the child. */
#if defined(__TARGET_ARCH_x86)
#define BIRTH true
#else
#define BIRTH (call->ret != 0)
#endif

EXIT_EVENT_WHEN(clone, 223, 21, BIRTH)
{
	put_birth(event, current_task(), call->ret, call->args[0]);
}

EXIT_EVENT_WHEN(clone3, 335, 21, BIRTH)
{
	u64 flags = 0;

	bpf_probe_read_user(&flags, sizeof(flags), (void *)call->args[0]);
	put_birth(event, current_task(), call->ret, flags);
}

EXIT_EVENT(fork, 225, 21)
{
	put_birth(event, current_task(), call->ret, 0);
}

EXIT_EVENT(vfork, 227, 21)
{
	put_birth(event, current_task(), call->ret, 0);
}

/* Keeps the watched tree: children of its processes belong to it. */
SEC("tp_btf/sched_process_fork") int on_fork_of_tree(u64 *context)
{
	struct task_struct *child = (struct task_struct *)context[1];
	u32 parent = bpf_get_current_pid_tgid() >> 32;
	u32 tgid = READ(child, tgid);
	u8 one = 1;

	if (tgid != parent && bpf_map_lookup_elem(&tree, &parent))
		bpf_map_update_elem(&tree, &tgid, &one, BPF_ANY);
	return 0;
}

/* How much waits in a ring. */
static __always_inline u64 waiting_in(u32 ring)
{
	void *found = bpf_map_lookup_elem(&rings, &ring);

	return found ? bpf_ringbuf_query(found, BPF_RB_AVAIL_DATA) : 0;
}

/*
 * A process is born, and does not run yet: its events go where its parent's do, so that what it inherits is known there,
 * unless the reader of that ring does not keep up and another one has less to do. What shares descriptors stays together.
 */
SEC("tp_btf/sched_process_fork") int on_birth_ring(u64 *context)
{
	struct task_struct *child = (struct task_struct *)context[1];
	u32 parent = bpf_get_current_pid_tgid() >> 32;
	u32 tgid = READ(child, tgid);
	u32 ring, other;
	u64 waiting;
	u8 *told;

	if (tgid == parent || ring_count <= 1 || ring_count >= MOST_TOLD_RINGS)
		return 0;
	told = told_ring_of(tgid);
	if (!told)
		return 0;
	ring = ring_of_process(parent);
	other = tgid % ring_count;
	if (other != ring && READ(child, files) != READ(current_task(), files)) {
		waiting = waiting_in(ring);
		if (waiting > ring_backlog && 2 * waiting_in(other) < waiting)
			ring = other;
	}
	*told = ring + 1;
	return 0;
}

/* Whether nobody but the task itself can rename it: it is alone in its process. */
static __always_inline bool is_alone(struct task_struct *task)
{
	return READ2(task, signal, live.counter) == 1;
}

/*
 * A thread is born, and does not run yet: what has been said of its parent goes for it too, as far as both have the same
 * control groups and working directory, which is what the model will take it to have. Its name is the one that the model is
 * told if nobody can change that meanwhile, its parent's neither, whose event may come first.
 */
SEC("tp_btf/sched_process_fork") int on_birth(u64 *context)
{
	struct task_struct *child = (struct task_struct *)context[1];
	u32 tid = READ(child, pid), tgid = READ(child, tgid);
	u32 parent = bpf_get_current_pid_tgid() >> 32;
	u64 group = groups_of(child);
	u64 class = class_in_group(bpf_get_current_pid_tgid(), group);
	bool known = tgid != parent && is_alone(current_task());

	begin_thread(tid);
	finish_thread(tid, group, known ? sort_of_program(child, class) : class << PROFILE_BITS);
	if (tgid != parent)
		inherit_directory(tgid, parent);
	return 0;
}

#if !defined(__TARGET_ARCH_x86)
SEC("tp_btf/sched_process_fork") int on_fork(u64 *context)
{
	struct task_struct *child = (struct task_struct *)context[1];
	struct event event;
	u32 flags = 0;

	if (READ(child, flags) & PF_KTHREAD || !in_scope())
		return 0;
	if (!event_begin(&event, scratch_of(LANE_FORK), 223, 21))
		return 0;
	*(u32 *)(event.data + 8) = READ(child, pid);
	*(u32 *)(event.data + 12) = lifecycle_ring ? READ(child, tgid) : 0;
	if (READ(child, pid) != READ(child, tgid))
		flags |= CLONE_THREAD | CLONE_FILES | CLONE_VM;
	put_birth(&event, child, 0, flags);
	return event_end(&event);
}
#endif

static __always_inline struct task_struct *task_of_thread_node(struct list_head *node)
{
	return (void *)((u8 *)node - FIELD_OFFSET((struct task_struct *)0, thread_node));
}

/*
 * A thread of the same process (a task's address) that is not on its way out; 0 where there is none, within the first
 * SIBLINGS. Not static, so that the verifier looks at it once, not for every ancestor anew.
 */
__noinline u64 living_thread(u64 address)
{
	struct task_struct *task = (void *)address;
	struct list_head *head = &READ(task, signal)->thread_head;
	struct list_head *node = READ(head, next);
	u32 i;

	for (i = 0; i < SIBLINGS && node != head; i++) {
		struct task_struct *thread = task_of_thread_node(node);

		if (!(READ(thread, flags) & PF_EXITING))
			return (u64)thread;
		node = READ(node, next);
	}
	return 0;
}

/*
 * Who of some ancestors would get the children of a task in a pid namespace whose first process is `init`, both by their addresses.
 * Where it is none of them, the address of the next ancestor, which no id can be mistaken for: it is below 0. Not static, so that
 * the verifier goes through these steps once, not once for each part of a walk.
 */
__noinline s64 reaper_among(u64 first, u64 within, u64 init)
{
	struct task_struct *ancestor = (struct task_struct *)first, *thread;
	u32 i;

	for (i = 0; i < ANCESTORS; i++) {
		struct signal_struct *signal = READ(ancestor, signal);

		if ((u64)ancestor == init || (u64)pid_namespace_of(ancestor) != within)
			return READ((struct task_struct *)init, pid);
		if (READ_BITFIELD(signal, is_child_subreaper)) {
			thread = (void *)living_thread((u64)ancestor);
			if (thread)
				return READ(thread, pid);
		}
		ancestor = READ(ancestor, real_parent);
	}
	return (s64)ancestor;
}

/*
 * Who gets the children of a dying task, as the kernel will decide: a living thread of the process, else the nearest
 * ancestor in the same pid namespace that asked to be a subreaper, else the namespace's init. 0 where there are no
 * children, -1 where the walk is too long.
 */
static __always_inline s64 reaper_of(struct task_struct *task)
{
	struct list_head *children = &task->children;
	struct pid_namespace *namespace = pid_namespace_of(task);
	struct task_struct *init = READ(namespace, child_reaper);
	struct task_struct *thread;
	s64 found;
	u32 i;

	if (READ(children, next) == children)
		return 0;
	thread = (void *)living_thread((u64)task);
	if (thread)
		return READ(thread, pid);
	found = (s64)READ(task, real_parent);
	for (i = 0; i < ANCESTRIES && found < 0; i++)
		found = reaper_among(found, (u64)namespace, (u64)init);
	return found < 0 ? NOT_FOUND : found;
}

SEC("tp_btf/sched_process_exit") int on_exit(u64 *context)
{
	struct task_struct *task = current_task();
	s32 status = READ(task, exit_code);
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct event event;

	if (READ(task, flags) & PF_KTHREAD || !in_scope())
		return 0;
	begin_thread(bpf_get_current_pid_tgid());
	finish_thread(bpf_get_current_pid_tgid(), 0, 0);
	if (READ2(task, signal, live.counter) == 0) {
		/* Another process may get the number, of which nothing has been said. */
		begin_deed(tgid);
		finish_deed(tgid);
	}
	if (!event_begin_small(&event, SMALL_EXIT, 186, 5))
		return 0;
	put_s64(&event, status);
	put_s64(&event, (status >> 8) & 0xff);
	put_u8(&event, status & 0x7f);
	put_u8(&event, !!(status & 0x80));
	put_s64(&event, reaper_of(task));
	return event_end(&event);
}

/* Forgets a process of the watched tree with its last thread. Attached after `on_exit`, which must still find it. */
SEC("tp_btf/sched_process_exit") int on_exit_of_tree(u64 *context)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (READ2(current_task(), signal, live.counter) == 0)
		bpf_map_delete_elem(&tree, &tgid);
	return 0;
}
