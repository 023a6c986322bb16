/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Address spaces. */
#pragma once
#include "hook.h"
#include "task.h"

enum {
	IA32_OLD_MMAP = 90,
	IA32_MMAP2 = 192,
	IA32_PAGE_SHIFT = 12,
};

EXIT_EVENT(brk, 159, 5)
{
	put_u64(event, call->ret);
	put_memory(event, current_task());
	put_u64(event, call->args[0]);
}

EXIT_EVENT(mmap, 161, 10)
{
	u64 args[6] = { call->args[0], call->args[1], call->args[2], call->args[3], call->args[4], call->args[5] };
	u32 packed[6] = {};

	if (call->compat && call->raw == IA32_OLD_MMAP) {
		bpf_probe_read_user(packed, sizeof(packed), (void *)call->args[0]);
		args[0] = packed[0];
		args[1] = packed[1];
		args[2] = packed[2];
		args[3] = packed[3];
		args[4] = packed[4];
		args[5] = packed[5];
	} else if (call->compat && call->raw == IA32_MMAP2) {
		args[5] <<= IA32_PAGE_SHIFT;
	}
	put_s64(event, call->ret);
	put_memory(event, current_task());
	put_u64(event, args[0]);
	put_u64(event, args[1]);
	put_u32(event, protection_flags(args[2]));
	put_u32(event, mapping_flags(args[3]));
	put_fd(event, args[4]);
	put_u64(event, args[5]);
}

EXIT_EVENT(munmap, 165, 6)
{
	put_s64(event, call->ret);
	put_memory(event, current_task());
	put_u64(event, call->args[0]);
	put_u64(event, call->args[1]);
}

EXIT_EVENT(mprotect, 329, 4)
{
	put_s64(event, call->ret);
	put_u64(event, call->args[0]);
	put_u64(event, call->args[1]);
	put_u32(event, protection_flags(call->args[2]));
}

static __always_inline void put_range(struct event *event, const struct call *call)
{
	put_s64(event, call->ret);
	put_u64(event, call->args[0]);
	put_u64(event, call->args[1]);
}

EXIT_EVENT(mlock, 345, 3)
{
	put_range(event, call);
}

EXIT_EVENT(munlock, 347, 3)
{
	put_range(event, call);
}

EXIT_EVENT(mlock2, 371, 4)
{
	put_range(event, call);
	put_u32(event, call->args[2] & 1);
}

EXIT_EVENT(mlockall, 349, 2)
{
	put_s64(event, call->ret);
	put_u32(event, call->args[0] & 7);
}

EXIT_EVENT(munlockall, 351, 1)
{
	put_s64(event, call->ret);
}
