/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* One program per event type: the frame that they share. */
#pragma once
#include "event.h"

/*
 * The program `x_NAME` for the exits of a system call. The body that follows writes the parameters of event CODE.
 * With WHEN, exits that do not hold are left to another hook, uncounted.
 */
#define EXIT_EVENT_WHEN(name, code, count, condition)                                                                  \
	static __always_inline void fill_##name(struct event *event, const struct call *call);                         \
	SEC("tp_btf/sys_exit") int x_##name(u64 *context)                                                              \
	{                                                                                                              \
		struct scratch *scratch = scratch_of(LANE_EXIT);                                                       \
		struct event event;                                                                                    \
                                                                                                                       \
		if (scratch) {                                                                                         \
			const struct call *call __attribute__((unused)) = &scratch->call;                             \
                                                                                                                       \
			if (!(condition))                                                                              \
				return 0;                                                                              \
		}                                                                                                      \
		if (!event_begin(&event, scratch, code, count))                                                        \
			return 0;                                                                                      \
		fill_##name(&event, &scratch->call);                                                                   \
		return event_end(&event);                                                                              \
	}                                                                                                              \
	static __always_inline void fill_##name(struct event *event, const struct call *call)

#define EXIT_EVENT(name, code, count) EXIT_EVENT_WHEN(name, code, count, true)
