/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The one hook at the end of every system call. It decides, as cheaply as can be, whether the call is wanted, makes
 * 32-bit calls look like native ones, and hands over to the program of the call's event.
 */
#pragma once
#include "compat.h"
#include "hook.h"
#include "scope.h"

enum {
	IA32_SOCKETCALL = 102,
	TS_COMPAT = 2,
	GENERIC_EVENT = 1,
};

static __always_inline bool selected(const u64 *bits, u64 id)
{
	return bits[id / 64] & (1ULL << (id % 64));
}

static __always_inline u64 syscall_number(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->orig_ax;
#else
	return (u32)regs->syscallno;
#endif
}

static __always_inline bool is_compat(void)
{
	struct task_struct *task;

#if defined(__TARGET_ARCH_x86)
	if (typed_task) {
		task = bpf_get_current_task_btf();
		return task->thread_info.status & TS_COMPAT;
	}
	task = (struct task_struct *)bpf_get_current_task();
	return READ(task, thread_info.status) & TS_COMPAT;
#else
	task = (struct task_struct *)bpf_get_current_task();
	return READ(task, thread_info.flags) & (1 << 22);
#endif
}

/* Whether this is the end of an open or a connect whose beginning was sent. */
static __always_inline bool was_sent_when_entered(struct scratch *scratch)
{
	scratch->call.fresh = false;
	if (!(selection.flags & (SELECT_ENTRIES | SELECT_CONNECTS)))
		return false;
	return entries_forgotten || was_entered(scratch);
}

static __always_inline void read_arguments(struct call *call, struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	if (call->compat) {
		call->args[0] = (u32)regs->bx;
		call->args[1] = (u32)regs->cx;
		call->args[2] = (u32)regs->dx;
		call->args[3] = (u32)regs->si;
		call->args[4] = (u32)regs->di;
		call->args[5] = (u32)regs->bp;
	} else {
		call->args[0] = regs->di;
		call->args[1] = regs->si;
		call->args[2] = regs->dx;
		call->args[3] = regs->r10;
		call->args[4] = regs->r8;
		call->args[5] = regs->r9;
	}
#else
	call->args[0] = regs->orig_x0;
	call->args[1] = regs->regs[1];
	call->args[2] = regs->regs[2];
	call->args[3] = regs->regs[3];
	call->args[4] = regs->regs[4];
	call->args[5] = regs->regs[5];
#endif
}

/* i386 puts all socket calls behind one number, their arguments in an array. Gives the native number. */
static __always_inline u64 unpack_socketcall(struct call *call)
{
	u64 which = call->args[0];
	u32 packed[6] = {};
	u32 i;

	if (which >= SOCKET_CALLS)
		return NO_SYSCALL;
	bpf_probe_read_user(packed, sizeof(packed), (void *)call->args[1]);
	for (i = 0; i < 6; i++)
		call->args[i] = packed[i];
	return from_socketcall[which];
}

SEC("tp_btf/sys_exit") int on_sys_exit(u64 *context)
{
	struct pt_regs *regs = (struct pt_regs *)context[0];
	u64 id = syscall_number(regs);
	struct scratch *scratch;
	struct counts *count;
	u32 compat, raw = id;
	bool judged;

	if (id >= SYSCALLS || !selected(selection.any, id))
		return 0;
	if (drop_failed && (s64)context[1] < 0)
		return 0;
	if (!in_scope())
		return 0;
	compat = is_compat();
#if defined(__TARGET_ARCH_x86)
	if (compat && id != IA32_SOCKETCALL) {
		id = from_ia32[id];
		if (id >= SYSCALLS)
			return 0;
	}
#else
	if (compat)
		return 0;
#endif
	if (!(compat && id == IA32_SOCKETCALL) && !selected(selection.native, id))
		return 0;
	if (!compat && selected(selection.moot, id)) {
		u32 row = id;
		struct verdict *moot = bpf_map_lookup_elem(&verdicts, &row);

		if (moot)
			count_settled(moot->type);
		return 0;
	}
	judged = selected(selection.judged, id);
	if (judged && !compat && selection.flags & SELECT_ENTRIES && is_settled_since_beginning(id, context[1]))
		return 0;
	scratch = scratch_of(LANE_EXIT);
	if (!scratch) {
		no_scratch(GENERIC_EVENT);
		return 0;
	}
	scratch->call.compat = compat;
	scratch->call.raw = raw;
	scratch->call.ret = context[1];
	read_arguments(&scratch->call, regs);
#if defined(__TARGET_ARCH_x86)
	if (compat && id == IA32_SOCKETCALL) {
		id = unpack_socketcall(&scratch->call);
		if (id >= SYSCALLS || !selected(selection.native, id))
			return 0;
		judged = selected(selection.judged, id);
	}
#endif
	scratch->call.id = id;
	scratch->call.ask = false;
	scratch->call.ask_thread = false;
	scratch->call.mark = 0;
	scratch->call.deed = selected(selection.deeds, id);
	if (scratch->call.deed)
		begin_deed(bpf_get_current_pid_tgid() >> 32);
	scratch->call.thread_deed = selected(selection.thread_deeds, id);
	if (scratch->call.thread_deed)
		begin_thread_deed(bpf_get_current_pid_tgid());
	if (judged && !was_sent_when_entered(scratch) && is_settled(scratch, id))
		return 0;
	bpf_tail_call(context, &programs, id);
	/* Still here: no program for this call. What type its event would have had is not known. */
	count = counts_of(GENERIC_EVENT);
	if (count) {
		count->seen++;
		count->no_program++;
	}
	return 0;
}

/* A call without an event type of its own: which one it was, and nothing more. */
EXIT_EVENT(generic, GENERIC_EVENT, 2)
{
	put_u16(event, generic_code[call->id & (SYSCALLS - 1)]);
	put_u16(event, call->id);
}
