/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The data of reads and writes: the first bytes, from one buffer or from a vector of them. */
#pragma once
#include "event.h"

enum { VECTOR_SIZE = 32 }; /* buffers of a vector that are looked at */

static __always_inline u64 snapshot(u64 length)
{
	return length < snapshot_length ? length : snapshot_length;
}

/* What a write wanted to write, where it failed; else what it wrote. */
static __always_inline u64 written(s64 ret, u64 asked)
{
	return ret > 0 ? ret : asked;
}

/* The data of a read: none where it failed. */
static __always_inline u64 received(s64 ret)
{
	return ret > 0 ? ret : 0;
}

static __always_inline void put_data(struct event *event, u64 address, u64 length)
{
	put_user_bytes(event, address, snapshot(length));
}

struct buffer {
	u64 address, length;
};

static __always_inline struct buffer read_buffer(u64 vector, u32 index, bool compat)
{
	struct buffer buffer = {};
	u32 narrow[2] = {};

	if (!compat) {
		bpf_probe_read_user(&buffer, sizeof(buffer), (void *)(vector + index * sizeof(buffer)));
		return buffer;
	}
	bpf_probe_read_user(narrow, sizeof(narrow), (void *)(vector + index * sizeof(narrow)));
	buffer.address = narrow[0];
	buffer.length = narrow[1];
	return buffer;
}

/* Bytes that the buffers of a vector have room for. Not static, like the next: the verifier looks at them once in a program. */
__noinline u64 vector_bytes(u64 vector, u64 count)
{
	struct scratch *scratch = scratch_of(LANE_EXIT);
	u64 total = 0;
	u32 i;

	if (!scratch)
		return 0;
	for (i = 0; i < VECTOR_SIZE && i < count; i++)
		total = launder(scratch, total + read_buffer(vector, i, scratch->call.compat).length);
	return total;
}

/* Copies at most `limit` bytes of a vector's buffers to the event at `off`, and gives their number. */
__noinline u64 copy_vector(u64 vector, u64 count, u64 limit, u64 off)
{
	struct scratch *scratch = scratch_of(LANE_EXIT);
	u64 copied = 0;
	u32 i;

	if (!scratch)
		return 0;
	for (i = 0; i < VECTOR_SIZE && i < count; i++) {
		struct buffer buffer = read_buffer(vector, i, scratch->call.compat);
		u64 left = limit - copied, to = off + copied, length;

		if (copied >= limit)
			break;
		length = buffer.length < left ? buffer.length : left;
		BOUND(length, MAX_EVENT);
		BOUND(to, MAX_EVENT);
		if (bpf_probe_read_user(&scratch->event[to], length, (void *)buffer.address))
			break;
		copied = launder(scratch, copied + length);
	}
	return launder(scratch, copied);
}

static __always_inline void put_vector(struct event *event, u64 vector, u64 count, u64 length)
{
	u64 copied = copy_vector(vector, count, snapshot(length), event->off);

	BOUND(copied, MAX_EVENT);
	set_variable_length(event, copied);
}
