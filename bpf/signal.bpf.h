/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Signals delivered, and context switches. */
#pragma once
#include "compat.h"
#include "hook.h"
#include "scope.h"
#include "task.h"

enum {
	SIGCHLD = 17,
	SI_USER = 0,
	SI_QUEUE = -1,
	SI_TKILL = -6,
};

SEC("tp_btf/signal_deliver") int on_signal(u64 *context)
{
	u32 signal = context[0];
	struct kernel_siginfo *info = (struct kernel_siginfo *)context[1];
	s32 code = READ(info, si_code);
	s32 sender = 0;
	struct event event;

	if (!in_scope())
		return 0;
	if (!event_begin_small(&event, SMALL_SIGNAL, 232, 3))
		return 0;
	/* The sender is the first thing in the union of all kinds of information that have one. */
	if (signal == SIGCHLD || code == SI_USER || code == SI_QUEUE || code == SI_TKILL)
		bpf_probe_read_kernel(&sender, sizeof(sender), &info->_sifields);
	put_s64(&event, sender);
	put_s64(&event, (u32)bpf_get_current_pid_tgid());
	put_u8(&event, signal);
	return event_end(&event);
}

SEC("tp_btf/sched_switch") int on_switch(u64 *context)
{
	struct task_struct *task = current_task();
	struct task_struct *next = (struct task_struct *)context[2];
	struct event event;

	if (!in_scope())
		return 0;
	if (!event_begin_small(&event, SMALL_SWITCH, 152, 6))
		return 0;
	put_s64(&event, READ(next, pid));
	put_u64(&event, READ(task, maj_flt));
	put_u64(&event, READ(task, min_flt));
	put_memory(&event, task);
	return event_end(&event);
}
