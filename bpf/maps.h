/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Maps, and the constants that the loader sets before the programs are loaded. */
#pragma once
#include "bpf.h"

enum {
	SYSCALLS = 512,
	SOCKET_CALLS = 32,
	EVENT_TYPES = 512,
	NO_SYSCALL = 0xffff,
	TGID_BITS = 22, /* of a process's or thread's id */
};

/* Set once, before loading; the verifier removes what a constant switches off. */
const volatile u64 boot_time;	       /* wall clock minus boot clock, nanoseconds */
const volatile u32 ring_count;	       /* ring buffers that processes are spread over */
const volatile u32 ring_backlog;       /* bytes that may wait in a ring before a new process is put into another */
const volatile bool lifecycle_ring;    /* one more, behind these, for lifecycle events */
const volatile u32 wakeup_mask;	       /* multiples of a power of two that wake the reader; 0: none */
const volatile u32 snapshot_length;    /* bytes of I/O data per event */
const volatile u32 cpus;	       /* possible processors */
const volatile u64 scope_cgroup;       /* cgroup v2 id whose subtree is watched; 0: not by cgroup */
const volatile u32 scope_cgroup_level; /* its depth below the root */
const volatile bool scope_tree;	       /* watch the processes of `tree` and their descendants only */
const volatile bool drop_failed;       /* leave out calls that failed */
const volatile bool typed_task;	       /* the verifier knows the current task's type: its fields are loads, not calls */
const volatile bool resolve_paths;     /* add the path of an opened file as the kernel resolved it */

const volatile u16 generic_code[SYSCALLS];	/* native number to the number in a generic event */
const volatile u16 from_ia32[SYSCALLS];		/* 32-bit number to the native one; NO_SYSCALL */
const volatile u16 from_socketcall[SOCKET_CALLS]; /* sub-call to the native number; NO_SYSCALL */

/* What changes at run time: which calls are wanted, and who we are. `any` also has the 32-bit numbers that may lead to a wanted call. */
struct selection {
	u64 any[SYSCALLS / 64];
	u64 native[SYSCALLS / 64];
	u64 moot[SYSCALLS / 64];   /* wanted, but by the rules in force every event of it is settled */
	u64 judged[SYSCALLS / 64]; /* wanted, and its events have a verdict */
	u64 deeds[SYSCALLS / 64];  /* changes what user space said of the process */
	u64 thread_deeds[SYSCALLS / 64]; /* changes what user space said of the thread */
	u32 own_tgid; /* the process that reads the events, in the initial namespace: never watched */
	u32 flags;    /* SELECT_ */
};
struct selection selection;

enum selection_flags {
	SELECT_ENTRIES = 1,     /* opens are looked at when they begin, too */
	SELECT_DESCRIPTORS = 2, /* tell what a descriptor is, with events about one: its open or connect may have been settled */
	SELECT_CONNECTS = 4,    /* connects are judged when they end */
	SELECT_PROFILES = 16,	/* what is said of a thread goes for others like it, too */
	SELECT_NAMES = 32,	/* its program's name makes a difference */
	SELECT_USERS = 64,	/* its user does */
	SELECT_GROUPS = 128,	/* its control groups do */
};

/* An open's beginning was sent, and could not be remembered. */
bool entries_forgotten SEC(".data");

/* One call at its end, as the programs of its event see it: same on every architecture. First is what tests may be about. */
struct call {
	u64 args[6];
	s64 ret;
	u64 repeats; /* a message that tells nothing that one before has not told: see message_repeats() */
	u64 mark;    /* what to remember once the event has been sent; 0: nothing */
	u32 id;	    /* the native number */
	u32 raw;    /* the number as the caller gave it: tells variants of one 32-bit call apart */
	u32 compat; /* a 32-bit call: pointers and longs in user memory are 4 bytes */
	u32 deed;   /* changes what user space said of the process */
	u32 thread_deed; /* changes what user space said of the thread */
	u32 ask;    /* user space is asked what to say of the process, at this generation */
	u32 generation;
	u32 ask_thread; /* user space is asked what to say of the thread, at this generation */
	u32 thread_generation;
	u32 fresh; /* a connect of a socket that had no other end when it began */
	u32 unused;
};

enum {
	MAX_EVENT = 65535,
	PATH_SIZE = 4096,
	NAME_SIZE = 256,
};

/* Where a walk up the dentries of a path has got to. */
struct walk {
	struct dentry *dentry;
	struct dentry *root; /* of the mount that the dentry is seen through */
	struct mount *mount;
	u64 at; /* in `scratch->path`: where what has been written starts */
};

/* Where the automatons of the verdicts have got to in `scratch->path`. */
struct reading {
	u64 first, second; /* their states */
	u64 seen;	   /* bits of all bytes */
	u64 at;
};

/* Where an event is put together. Positions are masked to MAX_EVENT; the second half takes what starts near the end. */
struct scratch {
	struct call call;
	u64 launder; /* see launder() */
	u64 cut;     /* a walk did not reach the root */
	u32 lane;    /* which of the processor's scratches this is */
	u32 unused;
	struct walk walk;
	struct reading reading;
	u8 path[PATH_SIZE + NAME_SIZE];
	u8 event[2 * (MAX_EVENT + 1)];
};

/*
 * One scratch per processor and hook that needs one: the newest kernels can interrupt a program for another task on the
 * same processor, whose hooks must not write over what is half done. The same hook does not run again meanwhile.
 */
enum lane {
	LANE_EXIT,
	LANE_EXEC,
	LANE_ENTER,
	LANE_FORK, /* where the scheduler's tracepoint tells of births */
	LANES,
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(max_entries, LANES);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct scratch);
} scratches SEC(".maps");

/* The same for hooks whose events are a few numbers. */
enum small_lane {
	SMALL_EXIT,
	SMALL_SIGNAL,
	SMALL_SWITCH,
	SMALL_LANES,
};

struct small_scratch {
	u8 event[128];
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	MAP_INT(max_entries, SMALL_LANES);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct small_scratch);
} small_scratches SEC(".maps");

/* What became of the events of one type on one processor. */
struct counts {
	u64 seen;
	u64 ring_full;
	u64 too_large;
	u64 no_scratch;
	u64 no_program;
	u64 path_cut; /* not a loss: the event came, a path in it is incomplete */
	u64 shed;     /* left out to keep room for what matters more */
	u64 settled;  /* not seen either: no rule can match it, and the model can do without */
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	MAP_INT(max_entries, EVENT_TYPES);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct counts);
} counts SEC(".maps");

/* How full a ring buffer may become by an event of a type, in bytes; and whether the type is of the lifecycle. */
struct admission {
	u32 fill;
	u32 lifecycle;
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(max_entries, EVENT_TYPES);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct admission);
} admissions SEC(".maps");

struct ring {
	MAP_INT(type, BPF_MAP_TYPE_RINGBUF);
	MAP_INT(max_entries, 4096);
};

/* One ring buffer per worker; a process always goes to the same one. With several, one more for lifecycle events. */
struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	MAP_INT(max_entries, 1);
	MAP_TYPE(key, u32);
	MAP_ARRAY(values, struct ring);
} rings SEC(".maps");

enum {
	RINGS_OF_CHUNK = 4096,
	MOST_TOLD_RINGS = 255, /* with more rings than a byte can tell, processes go where their ids say */
};

struct told_rings {
	u8 ring[RINGS_OF_CHUNK];
};

/* By process id: the ring of its events, plus one; 0: its id says. Written as a process is born, before it runs. */
struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(max_entries, 1);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct told_rings);
} told_rings SEC(".maps");

/* The program of each native system call number. */
struct {
	MAP_INT(type, BPF_MAP_TYPE_PROG_ARRAY);
	MAP_INT(max_entries, SYSCALLS);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
} programs SEC(".maps");

/* Process ids of the watched tree. */
struct {
	MAP_INT(type, BPF_MAP_TYPE_HASH);
	MAP_INT(max_entries, 65536);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u8);
} tree SEC(".maps");
