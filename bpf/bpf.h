/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What every program needs of the BPF machine: types, sections, map definitions, helpers, relocated reads. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))

/* Map definitions are types, as loaders expect them: an int is an array length, a type is a pointer's target. */
#define MAP_INT(name, value) int(*name)[value]
#define MAP_TYPE(name, type) typeof(type) *name
#define MAP_ARRAY(name, type) typeof(type) *name[]

enum bpf_map_kind {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum { BPF_ANY = 0 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 0x400 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0, BPF_RB_RING_SIZE = 1 };

/* The kernel's helpers, by their numbers in its stable interface. */
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static u32 (*bpf_get_smp_processor_id)(void) = (void *)8;
static long (*bpf_tail_call)(void *ctx, void *prog_array, u32 index) = (void *)12;
static u64 (*bpf_get_current_pid_tgid)(void) = (void *)14;
static u64 (*bpf_get_current_task)(void) = (void *)35;
static long (*bpf_probe_read_user)(void *dst, u32 size, const void *src) = (void *)112;
static long (*bpf_probe_read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
static long (*bpf_probe_read_user_str)(void *dst, u32 size, const void *src) = (void *)114;
static long (*bpf_probe_read_kernel_str)(void *dst, u32 size, const void *src) = (void *)115;
static u64 (*bpf_get_current_ancestor_cgroup_id)(int level) = (void *)123;
static u64 (*bpf_ktime_get_boot_ns)(void) = (void *)125;
static long (*bpf_ringbuf_output)(void *ring, void *data, u64 size, u64 flags) = (void *)130;
static u64 (*bpf_ringbuf_query)(void *ring, u64 what) = (void *)134;
static void *(*bpf_get_current_task_btf)(void) = (void *)158; /* since 5.11: see typed_task */

/* Relocated reads of kernel memory. A failed read gives zeroes: the helper clears its destination. */
#define READ(src, field)                                                                                               \
	({                                                                                                             \
		typeof((src)->field) value_;                                                                           \
		bpf_probe_read_kernel(&value_, sizeof(value_), &(src)->field);                                         \
		value_;                                                                                                \
	})
#define READ2(src, a, b)                                                                                               \
	({                                                                                                             \
		typeof((src)->a) a_ = READ(src, a);                                                                    \
		READ(a_, b);                                                                                           \
	})
#define READ3(src, a, b, c)                                                                                            \
	({                                                                                                             \
		typeof((src)->a) aa_ = READ(src, a);                                                                   \
		READ2(aa_, b, c);                                                                                      \
	})

#define FIELD_OFFSET(src, field) __builtin_preserve_field_info((src)->field, 0)
#define FIELD_SIZE(src, field) __builtin_preserve_field_info((src)->field, 1)
#define FIELD_EXISTS(src, field) __builtin_preserve_field_info((src)->field, 2)
#define FIELD_LSHIFT(src, field) __builtin_preserve_field_info((src)->field, 4)
#define FIELD_RSHIFT(src, field) __builtin_preserve_field_info((src)->field, 5)
#define TYPE_EXISTS(type) __builtin_preserve_type_info(*(type *)0, 0)
#define TYPE_SIZE(type) __builtin_preserve_type_info(*(type *)0, 1)
#define ENUM_VALUE_EXISTS(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 0)
#define ENUM_VALUE(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 1)

/* One unsigned bit field, wherever this kernel keeps it. */
#define READ_BITFIELD(src, field)                                                                                      \
	({                                                                                                             \
		u64 bits_ = 0;                                                                                         \
		bpf_probe_read_kernel(&bits_, FIELD_SIZE(src, field), (const u8 *)(src) + FIELD_OFFSET(src, field));   \
		bits_ <<= FIELD_LSHIFT(src, field);                                                                    \
		bits_ >> FIELD_RSHIFT(src, field);                                                                     \
	})

/* Masks a value where the verifier can see it. The compiler must not know, or it would drop "needless" masks. */
#define BOUND(value, mask) asm volatile("%0 &= %1" : "+r"(value) : "i"(mask))

/* Moves one bit of a constant mask to another place, without a branch. */
#define BIT_TO(value, from, to)                                                                                        \
	((u64)(from) > (u64)(to) ? ((u64)(value) & (from)) / ((u64)(from) / (to) ? (u64)(from) / (to) : 1)            \
				 : ((u64)(value) & (from)) * ((u64)(to) / (from) ? (u64)(to) / (from) : 1))

/* A value, or 0 where a helper's result says that it failed; without a branch. */
static __always_inline u64 unless_failed(u64 value, s64 result)
{
	return value & ~(result >> 63);
}
