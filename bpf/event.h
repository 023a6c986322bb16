/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The writer of events. An event is: ts u64, tid u64, len u32, type u16, nparams u32, then nparams lengths (u16), then the
 * parameters back to back, then what no other reader looks at: the extension.
 */
#pragma once
#include "maps.h"

enum {
	HEADER_LEN = 26,
	EXTENSION_MAGIC = 0x31584857, /* "WHX1" */
	EXTENSION_RESOLVED_PATH = 1,
	EXTENSION_PROCESS = 2,    /* user space is asked about a process: thread-group id and generation, u32 each */
	/* which file a descriptor is: number s32, device u32, inode u64, mode u32, generation u32, path; none: all 0 */
	EXTENSION_DESCRIPTOR = 3,
	EXTENSION_THREAD = 4,     /* user space is asked about a thread: id and generation, u32 each */
	EXTENSION_GENERATION = 5, /* of the opened file's inode, u32 */
	EXTENSION_CONNECTION = 6, /* what a socket is connected to: descriptor s32, both ends as a tuple */
	EXTENSION_CHILD_RING = 8, /* where the events of a new process go, u32 */
};

struct event {
	u8 *data;
	u64 off;   /* bytes written; the verifier sees it masked */
	u64 index; /* parameters written */
	struct scratch *scratch;
	u32 type;
	u32 nparams;
	bool extended; /* the extension has begun */
};

/* An error at build time where a program's parameters are not those of its event. */
extern void wrong_number_of_parameters(void) __attribute__((error("not the number of parameters of this event")));

static __always_inline struct counts *counts_of(u32 type)
{
	return bpf_map_lookup_elem(&counts, &type);
}

static __always_inline struct scratch *scratch_of(enum lane lane)
{
	u32 key = bpf_get_smp_processor_id() + lane * cpus;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);

	if (scratch)
		scratch->lane = lane;
	return scratch;
}

/*
 * Gives back `value`, of which the verifier then knows nothing. It would else follow the program separately for each
 * length that a string can have; behind this, all these ways look the same to it and are followed once.
 */
static __always_inline u64 launder(struct scratch *scratch, u64 value)
{
	*(volatile u64 *)&scratch->launder = value;
	return *(volatile u64 *)&scratch->launder;
}

static __always_inline u64 position(struct event *event)
{
	u64 off = event->off;

	if (!__builtin_constant_p(off))
		BOUND(off, MAX_EVENT);
	return off;
}

static __always_inline void set_length(struct event *event, u64 length)
{
	*(u16 *)(event->data + HEADER_LEN + 2 * event->index) = length;
	event->index++;
	event->off += length;
}

/* The same for a length that is only known as the program runs. */
static __always_inline void set_variable_length(struct event *event, u64 length)
{
	set_length(event, length);
	event->off = launder(event->scratch, event->off);
}

static __always_inline void event_head(struct event *event, u8 *data, u32 type, u32 nparams)
{
	event->data = data;
	event->type = type;
	event->nparams = nparams;
	event->index = 0;
	event->extended = false;
	event->off = HEADER_LEN + 2 * nparams;
	*(u64 *)data = boot_time + bpf_ktime_get_boot_ns();
	*(u64 *)(data + 8) = (u32)bpf_get_current_pid_tgid();
	*(u16 *)(data + 20) = type;
	*(u32 *)(data + 22) = nparams;
}

static __always_inline bool no_scratch(u32 type)
{
	struct counts *count = counts_of(type);

	if (count) {
		count->seen++;
		count->no_scratch++;
	}
	return false;
}

/* Starts an event. False where there is nowhere to write it, which is counted. */
static __always_inline bool event_begin(struct event *event, struct scratch *scratch, u32 type, u32 nparams)
{
	if (!scratch)
		return no_scratch(type);
	event->scratch = scratch;
	event_head(event, scratch->event, type, nparams);
	return true;
}

/* The same for an event of a few numbers. */
static __always_inline bool event_begin_small(struct event *event, u32 lane, u32 type, u32 nparams)
{
	struct small_scratch *scratch = bpf_map_lookup_elem(&small_scratches, &lane);

	if (!scratch)
		return no_scratch(type);
	event->scratch = NULL;
	event_head(event, scratch->event, type, nparams);
	return true;
}

#define DEFINE_PUT(type)                                                                                               \
	static __always_inline void put_##type(struct event *event, type value)                                        \
	{                                                                                                              \
		*(type *)(event->data + position(event)) = value;                                                      \
		set_length(event, sizeof(type));                                                                       \
	}
DEFINE_PUT(u8)
DEFINE_PUT(u16)
DEFINE_PUT(u32)
DEFINE_PUT(u64)
DEFINE_PUT(s32)
DEFINE_PUT(s64)

/* A parameter that is not available. */
static __always_inline void put_empty(struct event *event)
{
	set_length(event, 0);
}

/* A descriptor, a process id: 32 bits with a sign in the call, 64 in the event. */
static __always_inline void put_fd(struct event *event, u64 argument)
{
	put_s64(event, (s32)argument);
}

/* A string in user memory with its NUL; empty where it cannot be read. Never faults a page in. */
static __always_inline void put_user_string(struct event *event, u64 address, u64 size)
{
	s64 length = bpf_probe_read_user_str(event->data + position(event), size, (void *)address);
	u64 kept = unless_failed(length, length);

	BOUND(kept, 0x1fff);
	set_variable_length(event, kept);
}

/* The same, but there is always a string: an empty one where none can be read. */
static __always_inline void put_user_string_or_empty(struct event *event, u64 address, u64 size)
{
	s64 length = bpf_probe_read_user_str(event->data + position(event), size, (void *)address);
	u64 kept = unless_failed(length, length);

	kept += kept == 0; /* the helper leaves zeroes where it fails */
	BOUND(kept, 0x1fff);
	set_variable_length(event, kept);
}

static __always_inline void put_path(struct event *event, u64 address)
{
	put_user_string(event, address, PATH_SIZE);
}

static __always_inline void put_kernel_string(struct event *event, void *address)
{
	s64 length = bpf_probe_read_kernel_str(event->data + position(event), PATH_SIZE, address);
	u64 kept = unless_failed(length, length);

	BOUND(kept, 0x1fff);
	set_variable_length(event, kept);
}

/* Bytes of user memory, at most `MAX_EVENT`; empty where they cannot be read. */
static __always_inline void put_user_bytes(struct event *event, u64 address, u64 length)
{
	s64 failed;

	BOUND(length, MAX_EVENT);
	failed = bpf_probe_read_user(event->data + position(event), length, (void *)address);
	set_variable_length(event, unless_failed(length, failed));
}

static __always_inline u8 *told_ring_of(u32 tgid)
{
	u32 chunk = tgid / RINGS_OF_CHUNK;
	struct told_rings *found = bpf_map_lookup_elem(&told_rings, &chunk);

	return found ? &found->ring[tgid & (RINGS_OF_CHUNK - 1)] : NULL;
}

/* The ring buffer of a process's events, other than those of the lifecycle. */
static __always_inline u32 ring_of_process(u32 tgid)
{
	u8 *told;

	if (ring_count <= 1)
		return 0;
	told = told_ring_of(tgid);
	return told && *told && *told <= ring_count ? *told - 1 : tgid % ring_count;
}

/*
 * The ring buffer of the current process's events of a type. In the one that is for all, events name their process, and
 * above it the ring of its other events, plus one.
 */
static __always_inline u32 ring_of(const struct admission *admission, u8 *data)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (lifecycle_ring && admission->lifecycle) {
		if (*(u32 *)(data + 12))
			tgid = *(u32 *)(data + 12);
		*(u32 *)(data + 12) = tgid | (ring_of_process(tgid) + 1) << TGID_BITS;
		return ring_count;
	}
	return ring_of_process(tgid);
}

/* Begins an entry of the extension, with room for `length` bytes, and gives where they go. */
static __always_inline u8 *put_entry(struct event *event, u16 tag, u64 length)
{
	u8 *to;

	if (!event->extended) {
		*(u32 *)(event->data + position(event)) = EXTENSION_MAGIC;
		event->off += 4;
		event->extended = true;
	}
	to = event->data + position(event);
	*(u16 *)to = tag;
	*(u16 *)(to + 2) = length;
	event->off += 4 + length;
	return to + 4;
}

/* Sends `length` bytes of an event. Every event that gets here is counted as seen, and as lost where it does not leave: then 0. */
static __noinline int event_send(u8 *data, u64 length, u32 type)
{
	struct counts *count = counts_of(type);
	struct admission *admission = bpf_map_lookup_elem(&admissions, &type);
	u64 flags = BPF_RB_NO_WAKEUP;
	u64 before, after;
	void *ring;
	u32 key;

	if (!count || !admission)
		return 0;
	count->seen++;
	if (length > MAX_EVENT) {
		count->too_large++;
		return 0;
	}
	BOUND(length, MAX_EVENT);
	*(u32 *)(data + 16) = length;
	key = ring_of(admission, data);
	ring = bpf_map_lookup_elem(&rings, &key);
	if (!ring) {
		count->ring_full++;
		return 0;
	}
	before = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	after = before + length + 8;
	if (after > admission->fill) {
		/* What matters more may still come in; the ring is full where nothing may. */
		if (after > bpf_ringbuf_query(ring, BPF_RB_RING_SIZE))
			count->ring_full++;
		else
			count->shed++;
		return 0;
	}
	/* Wake when the fill crosses a multiple of the threshold, not while it is above: a wake-up is dear. */
	if ((before ^ after) & wakeup_mask)
		flags = BPF_RB_FORCE_WAKEUP;
	if (bpf_ringbuf_output(ring, data, length, flags)) {
		count->ring_full++;
		return 0;
	}
	return 1;
}

static __always_inline bool event_leaves(struct event *event)
{
	if (event->index != event->nparams)
		wrong_number_of_parameters();
	return event_send(event->data, event->off, event->type);
}

static __always_inline int event_end(struct event *event)
{
	event_leaves(event);
	return 0;
}
