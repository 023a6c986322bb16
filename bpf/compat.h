/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where kernels differ, and nowhere else: local flavours (`name___when`) of structs whose fields were moved or renamed,
 * with the release that did it, and one reader for all of them.
 */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Resident-set counters became per-cpu counters in 6.2; the sum that is kept centrally is what /proc shows too. */
struct percpu_counter {
	s64 count;
};

struct mm_struct___since_6_2 {
	struct percpu_counter rss_stat[4];
};

struct mm_rss_stat {
	s64 count[4];
};

struct mm_struct___until_6_1 {
	struct mm_rss_stat rss_stat;
};

/* Inode times: struct timespec64 until 6.5, `__i_ctime` from 6.6 (`__i_mtime` from 6.7), split in two from 6.11. */
struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct inode___until_6_6 {
	struct timespec64 i_ctime, i_mtime;
};

struct inode___since_6_6 {
	struct timespec64 __i_ctime, __i_mtime;
};

struct inode___since_6_11 {
	s64 i_ctime_sec, i_mtime_sec;
	u32 i_ctime_nsec, i_mtime_nsec;
};

/* `parent` became `__parent` in 6.15, when it came under RCU. */
struct kernfs_node___until_6_14 {
	struct kernfs_node *parent;
};

struct kernfs_node___since_6_15 {
	struct kernfs_node *__parent;
};

#pragma clang attribute pop

enum { RSS_FILE, RSS_ANON, RSS_SWAP, RSS_SHMEM };

/* An index that is not written as a number stops relocation: strides and offsets are asked for one by one. */
static __always_inline s64 read_rss(struct mm_struct *mm, u32 which)
{
	struct mm_struct___since_6_2 *now = (void *)mm;
	struct mm_struct___until_6_1 *old = (void *)mm;
	s64 pages = 0;
	u8 *counter;

	if (TYPE_EXISTS(struct mm_rss_stat))
		counter = (u8 *)&old->rss_stat + which * sizeof(s64);
	else
		counter = (u8 *)&now->rss_stat + which * TYPE_SIZE(struct percpu_counter) +
			  FIELD_OFFSET((struct percpu_counter *)0, count);
	bpf_probe_read_kernel(&pages, sizeof(pages), counter);
	return pages > 0 ? pages : 0;
}

static __always_inline u64 nanoseconds(s64 seconds, u64 nanos)
{
	return (u64)seconds * 1000000000ULL + nanos;
}

static __always_inline u64 read_ctime(struct inode *inode)
{
	struct inode___since_6_11 *now = (void *)inode;
	struct inode___since_6_6 *middle = (void *)inode;
	struct inode___until_6_6 *old = (void *)inode;

	if (FIELD_EXISTS(now, i_ctime_sec))
		return nanoseconds(READ(now, i_ctime_sec), READ(now, i_ctime_nsec));
	if (FIELD_EXISTS(middle, __i_ctime))
		return nanoseconds(READ(middle, __i_ctime.tv_sec), READ(middle, __i_ctime.tv_nsec));
	return nanoseconds(READ(old, i_ctime.tv_sec), READ(old, i_ctime.tv_nsec));
}

static __always_inline u64 read_mtime(struct inode *inode)
{
	struct inode___since_6_11 *now = (void *)inode;
	struct inode___since_6_6 *middle = (void *)inode;
	struct inode___until_6_6 *old = (void *)inode;

	if (FIELD_EXISTS(now, i_mtime_sec))
		return nanoseconds(READ(now, i_mtime_sec), READ(now, i_mtime_nsec));
	if (FIELD_EXISTS(middle, __i_mtime))
		return nanoseconds(READ(middle, __i_mtime.tv_sec), READ(middle, __i_mtime.tv_nsec));
	return nanoseconds(READ(old, i_mtime.tv_sec), READ(old, i_mtime.tv_nsec));
}

static __always_inline struct kernfs_node *read_kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___since_6_15 *now = (void *)node;
	struct kernfs_node___until_6_14 *old = (void *)node;

	if (FIELD_EXISTS(now, __parent))
		return READ(now, __parent);
	return READ(old, parent);
}
