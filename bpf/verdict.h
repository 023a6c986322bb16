/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Verdicts: events that no rule can match, and that the model can do without, end here. What is tested is data that is
 * compiled out of the rules; nothing of a rule is known to this file. A verdict may let too much through, never too little:
 * whatever cannot be told here passes.
 *
 * A row (one per system call) has up to VERDICT_TESTS tests of numbers, whose outcomes together are the event's class.
 * A class passes, or does not, or asks for the path: an automaton that knows all texts of all rules reads it byte by byte,
 * and the state that it ends in says for which classes the event passes.
 */
#pragma once
#include "connection.h"
#include "file.h"
#include "scope.h"

enum {
	VERDICT_TESTS = 5,
	VERDICT_COLUMNS = 24, /* Linux 5.10 has no values beyond 4 MiB */
	PROFILE_BITS = 8,
	PROFILES = 1 << PROFILE_BITS, /* sorts of threads that rows tell apart; 0: nothing has been said of the thread */
	ENTRY_ROWS = 4, /* rows behind those of the calls: the opens at their beginning */
	VERDICT_ROWS = SYSCALLS + ENTRY_ROWS,
	ALL_ROWS = 2048, /* behind these, rows for sorts of threads */
	PROGRAMS = 16384,
	AUTOMATON_STATES = 4096,
	DIRECTORY_STATES = 8192,
	FLOATING_BITS = 6,	/* of an outcome's number: where the second automaton ends */
	OUTCOMES = 256 << FLOATING_BITS,
	JUDGED_PATH = 256, /* longer paths pass */
	READ_BYTES = 32,   /* bytes of a path that are read at a time */
	START_STATE = 1,
	SLOTS = 65536,
	JUDGED_AT_FDCWD = -100,
	JUDGED_FORMAT = 0170000,
	JUDGED_DIRECTORY = 0040000,
};

/* How a number is tested. */
enum number_op {
	OP_BELOW, /* signed, below the operand */
	OP_EQUAL,
	OP_ANY_BITS, /* has one of the operand's bits */
	OP_TABLE,    /* bit number `value & mask` of the operand is set */
};

struct number_test {
	u8 source; /* argument; 6: the result; 7: whether a message repeats */
	u8 op;
	u16 mask;
	u32 unused;
	u64 operand;
};

enum row_flags {
	ROW_DIRECTORIES_PASS = 1, /* opens of directories, and of what has no place in the file system, pass */
	ROW_BY_PROFILE = 2,	   /* what is decided depends on the thread: see `variants` */
	ROW_CONNECTION = 16,	   /* what decides is not a path but the connection that was made */
	ROW_MESSAGES = 8,	   /* whether a message repeats what one before has told is tested */
	ROW_RESOLVED = 4,	   /* the path that the kernel resolved counts, too: later events may tell of the file by it */
};

struct verdict {
	u16 type; /* of the event, for the counters */
	u8 tests;
	u8 path;   /* argument that is the path, plus one; 0: none */
	u8 dirfd;  /* argument that the path is relative to, plus one; 0: the working directory */
	u8 column; /* of the automaton's outcomes */
	u8 flags;
	u8 shift; /* of the row's classes in an outcome */
	u32 always;  /* classes that pass */
	u32 by_path; /* classes whose path decides; all others are settled */
	struct number_test test[VERDICT_TESTS];
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(map_flags, BPF_F_MMAPABLE);
	MAP_INT(max_entries, ALL_ROWS);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct verdict);
} verdicts SEC(".maps");

/*
 * By row and profile, the row that goes for such threads: the row itself where no other is known. Rows are shared by all calls
 * and profiles for which the same is tested. Both are written while they are in use, before anybody is said to have the profile.
 */
struct variants {
	u16 row[VERDICT_ROWS * PROFILES];
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(map_flags, BPF_F_MMAPABLE);
	MAP_INT(max_entries, 1);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct variants);
} variants SEC(".maps");

/*
 * What a thread is from its birth or exec on is known beforehand where user space has met one like it: by what the kernel calls
 * its program, its effective user, and the class of its control groups. What rules do not ask about is 0.
 */
struct program {
	char comm[16];
	u32 uid;
	u32 class;
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_HASH);
	MAP_INT(map_flags, BPF_F_NO_PREALLOC);
	MAP_INT(max_entries, PROGRAMS);
	MAP_TYPE(key, struct program);
	MAP_TYPE(value, u32); /* the profile */
} profiles SEC(".maps");

/*
 * Two automatons read a path together: the first knows what paths begin with, the second what they end with. One that knew
 * both would have to know all pairs of their states.
 */
struct automaton {
	u16 next[2 * AUTOMATON_STATES * 128]; /* by automaton, state and byte; bytes beyond ASCII pass */
	u16 ends[2 * AUTOMATON_STATES];	      /* by automaton and state: what a path that ends there is like; 0: not told */
	u32 directories[DIRECTORY_STATES];    /* both automatons' states behind a directory */
	u32 outcome[VERDICT_COLUMNS * OUTCOMES]; /* classes that pass, of several rows, by column and what the path is like */
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(map_flags, BPF_F_MMAPABLE);
	MAP_INT(max_entries, 1);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct automaton);
} automaton SEC(".maps");

/*
 * What user space says of a process, in one word that is written and read whole: thread-group id (22 bits), the
 * number of the automatons' states behind the working directory (13), and at which generation that was so (29). Processes share slots;
 * a deed of one that could change what was said takes away the word of the other too, which costs time, never an event.
 * `started` and `finished` count deeds: between the two, and when the generation is another one, the word does not count.
 */
struct slot {
	u64 word;
	u32 started;
	u32 finished;
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(map_flags, BPF_F_MMAPABLE);
	MAP_INT(max_entries, SLOTS);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct slot);
} slots SEC(".maps");

enum {
	STATE_BITS = 13,
	GENERATION_BITS = 29,
};

/*
 * What user space says of a thread, in a word like the above: its profile (8 bits), and the class of its control groups (5). The
 * class is handed on where these are the same: over an exec, and from parent to child. `group` are those that the thread had
 * when it began or ran its program, which is when the model looks at them.
 */
struct thread_slot {
	u64 word;
	u64 group;
	u32 started;
	u32 finished;
	u32 group_of; /* the thread that `group` is about */
	u32 unused;
};

struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(map_flags, BPF_F_MMAPABLE);
	MAP_INT(max_entries, SLOTS);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct thread_slot);
} thread_slots SEC(".maps");

/* What became of a thread's open or connect when it began. */
enum open_state {
	OPEN_UNKNOWN,
	OPEN_PASSED,   /* its end passes too */
	OPEN_SETTLED,  /* however it may end */
	CONNECT_FRESH, /* is judged at its end: the socket had no other end */
};

enum {
	OPENS_OF_CHUNK = 4096,
	MARKS = 16384,
};

/*
 * Messages that were told of, each as a number made of its thread, descriptor, call and socket, and of how often (the lowest two
 * bits). A later one may take the place.
 */
struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(max_entries, MARKS);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
} marks SEC(".maps");

struct opens {
	u8 state[OPENS_OF_CHUNK];
};

/* By thread id, as far as ids went when the probe was loaded. Only a thread itself looks at its own. */
struct {
	MAP_INT(type, BPF_MAP_TYPE_ARRAY);
	MAP_INT(map_flags, BPF_F_MMAPABLE);
	MAP_INT(max_entries, 1);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct opens);
} opens SEC(".maps");

/* Threads with ids beyond these whose open passed when it began. */
struct {
	MAP_INT(type, BPF_MAP_TYPE_HASH);
	MAP_INT(map_flags, BPF_F_NO_PREALLOC);
	MAP_INT(max_entries, 65536);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u8);
} entered SEC(".maps");

static __always_inline struct slot *slot_of(u32 tgid)
{
	u32 key = tgid & (SLOTS - 1);

	return bpf_map_lookup_elem(&slots, &key);
}

/* A deed begins that changes what the model says of the process: until its event is sent, nothing said counts. */
static __always_inline void begin_deed(u32 tgid)
{
	struct slot *slot = slot_of(tgid);

	if (!slot)
		return;
	__sync_fetch_and_add(&slot->started, 1);
	*(volatile u64 *)&slot->word = 0;
}

static __always_inline void finish_deed(u32 tgid)
{
	struct slot *slot = slot_of(tgid);

	if (slot)
		__sync_fetch_and_add(&slot->finished, 1);
}

/* The number of the automatons' states behind the working directory; 0 where it is not known, and then whom to ask about. */
static __always_inline u64 directory_state(struct scratch *scratch)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct slot *slot = slot_of(tgid);
	u32 started, finished;
	u64 word;

	if (!slot)
		return 0;
	finished = *(volatile u32 *)&slot->finished;
	started = *(volatile u32 *)&slot->started;
	word = *(volatile u64 *)&slot->word;
	if (finished != started)
		return 0;
	started &= (1U << GENERATION_BITS) - 1;
	if (word && (word & ((1U << TGID_BITS) - 1)) == tgid && word >> (TGID_BITS + STATE_BITS) == started)
		return (word >> TGID_BITS) & ((1U << STATE_BITS) - 1);
	scratch->call.ask = true;
	scratch->call.generation = started;
	return 0;
}

static __always_inline struct thread_slot *thread_slot_of(u32 tid)
{
	u32 key = tid & (SLOTS - 1);

	return bpf_map_lookup_elem(&thread_slots, &key);
}

/* What a word says, if it is about this id at this generation; else 0. */
static __always_inline u64 word_says(u64 word, u32 id, u32 generation)
{
	if (!word || (word & ((1U << TGID_BITS) - 1)) != id)
		return 0;
	if (word >> (TGID_BITS + STATE_BITS) != (generation & ((1U << GENERATION_BITS) - 1)))
		return 0;
	return (word >> TGID_BITS) & ((1U << STATE_BITS) - 1);
}

/* Class and profile of a thread; 0 where nothing has been said, or something is under way. */
static __always_inline u64 sort_of(struct thread_slot *slot, u32 tid)
{
	u32 finished = *(volatile u32 *)&slot->finished;
	u32 started = *(volatile u32 *)&slot->started;

	return finished == started ? word_says(*(volatile u64 *)&slot->word, tid, started) : 0;
}

static __always_inline u64 groups_of(struct task_struct *task)
{
	return (u64)READ(task, cgroups);
}

/* A thread begins, ends or runs a program: until its event is sent, nothing said of it counts. */
static __always_inline void begin_thread(u32 tid)
{
	struct thread_slot *slot = thread_slot_of(tid);

	if (!slot)
		return;
	__sync_fetch_and_add(&slot->started, 1);
	*(volatile u64 *)&slot->word = 0;
	*(volatile u32 *)&slot->group_of = 0;
}

/* It is done: the thread has been in `group` since, and `sort` goes for it if that is not 0. */
static __always_inline void finish_thread(u32 tid, u64 group, u64 sort)
{
	struct thread_slot *slot = thread_slot_of(tid);
	u32 started;

	if (!slot)
		return;
	slot->group = group;
	*(volatile u32 *)&slot->group_of = group ? tid : 0;
	__sync_fetch_and_add(&slot->finished, 1);
	started = *(volatile u32 *)&slot->started;
	if (sort && *(volatile u32 *)&slot->finished == started)
		*(volatile u64 *)&slot->word = (u64)(started & ((1U << GENERATION_BITS) - 1)) << (TGID_BITS + STATE_BITS) |
					       sort << TGID_BITS | tid;
}

/* A thread does what may change who it is to the model, though not its control groups. */
static __always_inline void begin_thread_deed(u32 tid)
{
	struct thread_slot *slot = thread_slot_of(tid);

	if (!slot)
		return;
	__sync_fetch_and_add(&slot->started, 1);
	*(volatile u64 *)&slot->word = 0;
}

static __always_inline void finish_thread_deed(u32 tid)
{
	struct thread_slot *slot = thread_slot_of(tid);

	if (slot)
		__sync_fetch_and_add(&slot->finished, 1);
}

/* The class that goes for whoever is in `group`, by what has been said of this thread; 0 where it is not known. */
static __always_inline u64 class_in_group(u32 tid, u64 group)
{
	struct thread_slot *slot = thread_slot_of(tid);

	if (!(selection.flags & SELECT_PROFILES))
		return 0;
	if (!(selection.flags & SELECT_GROUPS))
		return 1;
	if (!slot || slot->group_of != tid || slot->group != group)
		return 0;
	return sort_of(slot, tid) >> PROFILE_BITS;
}

/* Class and profile of a thread of this class that is about to run. */
static __always_inline u64 sort_of_program(struct task_struct *task, u64 class)
{
	struct program program = {};
	u32 *profile;

	if (!class)
		return 0;
	if (selection.flags & SELECT_NAMES)
		bpf_probe_read_kernel_str(program.comm, sizeof(program.comm), &task->comm);
	if (selection.flags & SELECT_USERS)
		program.uid = READ2(task, cred, euid.val);
	program.class = class;
	profile = bpf_map_lookup_elem(&profiles, &program);
	return class << PROFILE_BITS | (profile ? *profile & (PROFILES - 1) : 0);
}

/* A process that has just been made starts in its parent's working directory. */
static __always_inline void inherit_directory(u32 tgid, u32 parent)
{
	struct slot *from = slot_of(parent), *to = slot_of(tgid);
	u32 finished, started;
	u64 directory;

	begin_deed(tgid);
	finish_deed(tgid);
	if (!from || !to)
		return;
	finished = *(volatile u32 *)&from->finished;
	started = *(volatile u32 *)&from->started;
	directory = finished == started ? word_says(*(volatile u64 *)&from->word, parent, started) : 0;
	finished = *(volatile u32 *)&to->finished;
	started = *(volatile u32 *)&to->started;
	if (directory && finished == started)
		*(volatile u64 *)&to->word = (u64)(started & ((1U << GENERATION_BITS) - 1)) << (TGID_BITS + STATE_BITS) |
					     directory << TGID_BITS | tgid;
}

/* The profile that the verdict is to go by, and whom to ask about where there is none. */
static __always_inline u64 judged_profile(struct scratch *scratch)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct thread_slot *slot = thread_slot_of(tid);
	u64 profile;

	if (!slot)
		return 0;
	profile = sort_of(slot, tid) & (PROFILES - 1);
	if (!profile && slot->started == slot->finished) {
		scratch->call.ask_thread = true;
		scratch->call.thread_generation = slot->started;
	}
	return profile;
}

/*
 * Reads on in the text that the scratch of `lane` holds, for some bytes. Gives whether it is over. Not static, so that the
 * verifier looks at it once in a program.
 */
__noinline u32 read_on(u32 lane)
{
	struct scratch *scratch = scratch_of(lane);
	u32 zero = 0, over = 0, i;
	const struct automaton *of = bpf_map_lookup_elem(&automaton, &zero);
	u64 first, second, seen, at;

	if (!scratch || !of)
		return 1;
	first = scratch->reading.first;
	second = scratch->reading.second;
	seen = scratch->reading.seen;
	at = scratch->reading.at;
	for (i = 0; i < READ_BYTES; i++) {
		u64 byte;

		BOUND(at, JUDGED_PATH - 1);
		byte = scratch->path[at];
		if (!byte) {
			over = 1;
			break;
		}
		at++;
		seen |= byte;
		first = first << 7 | (byte & 0x7f);
		BOUND(first, AUTOMATON_STATES * 128 - 1);
		first = of->next[first];
		second = second << 7 | (byte & 0x7f);
		BOUND(second, 2 * AUTOMATON_STATES * 128 - 1);
		second = AUTOMATON_STATES + (u64)of->next[second];
	}
	scratch->reading = (struct reading){ first, second, seen, at };
	return over;
}

/* Reads the text at the start of `scratch->path` from two states on, and gives what it is like. */
static __noinline u64 read_text(struct scratch *scratch, const struct automaton *of, u64 states)
{
	u64 first, second;
	u32 lane = scratch->lane, reads, over = 0;

	scratch->reading = (struct reading){ states & 0xffff, AUTOMATON_STATES + (states >> 16), 0, 0 };
	for (reads = 0; reads < JUDGED_PATH / READ_BYTES && !over; reads++)
		over = read_on(lane);
	if (!over || scratch->reading.seen & 0x80)
		return 0;
	first = scratch->reading.first;
	BOUND(first, AUTOMATON_STATES - 1);
	second = scratch->reading.second;
	BOUND(second, 2 * AUTOMATON_STATES - 1);
	return (u64)of->ends[first] << FLOATING_BITS | of->ends[second];
}

/* Reads the path of a call into the start of `scratch->path`. Gives the states from which it is read on; 0 where it passes. */
static __always_inline u64 path_start(struct scratch *scratch, const struct verdict *row, const struct automaton *of)
{
	u32 argument = row->path - 1;
	u64 directory;
	s64 length;

	BOUND(argument, 7);
	length = bpf_probe_read_user_str(scratch->path, JUDGED_PATH, (void *)scratch->call.args[argument]);
	/* Of one that fills the room there may be more. */
	if (length <= 1 || length >= JUDGED_PATH)
		return 0;
	if (scratch->path[0] == '/')
		return START_STATE << 16 | START_STATE;
	if (row->dirfd) {
		argument = row->dirfd - 1;
		BOUND(argument, 7);
		if ((s32)scratch->call.args[argument] != JUDGED_AT_FDCWD)
			return 0;
	}
	directory = directory_state(scratch);
	if (!directory)
		return 0;
	BOUND(directory, DIRECTORY_STATES - 1);
	return of->directories[directory];
}

/* The classes that pass with this path, or with this connection. */
static __always_inline u64 text_outcome(struct scratch *scratch, const struct verdict *row)
{
	u32 zero = 0;
	const struct automaton *of = bpf_map_lookup_elem(&automaton, &zero);
	u64 states, at = row->column;

	if (!of)
		return ~0ULL;
	if (row->flags & ROW_CONNECTION)
		states = describe_connection(scratch->lane) ? START_STATE << 16 | START_STATE : 0;
	else
		states = path_start(scratch, row, of);
	if (!states)
		return ~0ULL;
	at = at * OUTCOMES + read_text(scratch, of, launder(scratch, states));
	if (at >= VERDICT_COLUMNS * OUTCOMES)
		return ~0ULL;
	return of->outcome[at] >> (row->shift & 31);
}

/* The same with the path of the opened file as the kernel resolved it. */
static __always_inline u64 resolved_outcome(struct scratch *scratch, const struct verdict *row)
{
	u64 at = row->column, start, length;
	const struct automaton *of;
	struct file_facts file;
	u32 zero = 0;

	read_file(&file, file_of(scratch->call.ret));
	if (!file.file)
		return ~0ULL;
	start = walk_path(scratch, file.dentry, file.mnt);
	length = PATH_SIZE - start;
	BOUND(start, PATH_SIZE - 1);
	if (scratch->cut || length > JUDGED_PATH)
		return ~0ULL;
	BOUND(length, 2 * JUDGED_PATH - 1);
	bpf_probe_read_kernel(scratch->path, length, &scratch->path[start]);
	of = bpf_map_lookup_elem(&automaton, &zero);
	if (!of)
		return ~0ULL;
	at = at * OUTCOMES + read_text(scratch, of, START_STATE << 16 | START_STATE);
	if (at >= VERDICT_COLUMNS * OUTCOMES)
		return ~0ULL;
	return of->outcome[at] >> (row->shift & 31);
}

static __always_inline u64 *mark_of(u64 mark)
{
	u32 key = (mark >> 2) & (MARKS - 1);

	return bpf_map_lookup_elem(&marks, &key);
}

/* The event of a message has been sent. */
static __always_inline void remember_message(u64 mark)
{
	u64 *place = mark_of(mark);

	if (place)
		*(volatile u64 *)place = mark;
}

static __always_inline u64 start_of_thread(void)
{
	if (typed_task)
		return ((struct task_struct *)bpf_get_current_task_btf())->start_time;
	return READ(current_task(), start_time);
}

/* The other end of a connected UDP socket in one number. */
static __always_inline u64 other_end(struct sock *sock)
{
	u64 halves[2] = {};

	if (READ(sock, __sk_common.skc_family) == AF_INET)
		halves[0] = READ(sock, __sk_common.skc_daddr);
	else
		bpf_probe_read_kernel(halves, sizeof(halves), &sock->__sk_common.skc_v6_daddr);
	return halves[0] + halves[1] * 0xbf58476d1ce4e5b9ULL + ((u64)READ(sock, __sk_common.skc_dport) << 32);
}

/*
 * Whether user space learns nothing from a message: it failed, or it went over a connection, whose ends stay as they are,
 * and one like it by this thread, at this descriptor and over this socket has been sent up before. Else it is marked. A UDP
 * socket can be connected again, and only a second message makes a bound one a connected one to user space.
 */
static __noinline u64 message_repeats(struct scratch *scratch)
{
	u64 fd = (u32)scratch->call.args[0], ino, mark, *place, told, enough = 1, end = 0;
	struct file_facts file;
	struct inode *inode;
	struct sock *sock;
	u16 family, protocol;

	if ((s64)scratch->call.ret < 0)
		return 1;
	read_file(&file, file_of(fd));
	inode = file.inode;
	if ((READ(inode, i_mode) & FORMAT_MASK) != S_IFSOCK)
		return 0;
	ino = READ(inode, i_ino);
	sock = READ((struct socket *)READ(file.file, private_data), sk);
	family = READ(sock, __sk_common.skc_family);
	if ((family != AF_INET && family != AF_INET6) || !READ(sock, __sk_common.skc_dport))
		return 0;
	protocol = READ(sock, sk_protocol);
	if (protocol == IPPROTO_UDP) {
		enough = 2;
		end = other_end(sock);
	} else if (protocol != IPPROTO_TCP) {
		return 0;
	}
	mark = bpf_get_current_pid_tgid() << 32 | fd;
	mark ^= ino * 0x9e3779b97f4a7c15ULL;
	mark ^= mark >> 29;
	mark *= 0xbf58476d1ce4e5b9ULL;
	mark ^= start_of_thread() + ((u64)scratch->call.id << 48) + end;
	mark ^= mark >> 32;
	mark *= 0x94d049bb133111ebULL;
	mark ^= mark >> 29;
	mark &= ~3ULL;
	place = mark_of(mark);
	told = place ? *(volatile u64 *)place ^ mark : ~0ULL;
	if (told > 3)
		told = 0;
	if (told >= enough)
		return 1;
	scratch->call.mark = mark + told + 1;
	return 0;
}

static __always_inline u64 number_holds(struct scratch *scratch, const struct number_test *test)
{
	u64 source = test->source, operand = test->operand, value;

	BOUND(source, 7);
	value = ((const u64 *)&scratch->call)[source];
	switch (test->op) {
	case OP_BELOW:
		return (s64)value < (s64)operand;
	case OP_EQUAL:
		return value == operand;
	case OP_ANY_BITS:
		return (value & operand) != 0;
	default:
		return operand >> (value & test->mask & 63) & 1;
	}
}

/* What the model must know of: a directory, where paths may begin, or a file without a place, which no path tells of. */
static __always_inline bool opened_other_than_file(s64 fd)
{
	struct file_facts file;

	if (fd < 0)
		return false;
	read_file(&file, file_of(fd));
	return (READ(file.inode, i_mode) & JUDGED_FORMAT) == JUDGED_DIRECTORY || READ(file.dentry, d_parent) == file.dentry;
}

static __always_inline void count_settled(u32 type)
{
	struct counts *count = counts_of(type);

	if (count)
		count->settled++;
}

/* The row that goes for a thread instead of row `number`. */
static __always_inline u32 variant_of(struct scratch *scratch, u32 number)
{
	u64 at = (u64)number * PROFILES + judged_profile(scratch);
	u32 zero = 0;
	const struct variants *of = bpf_map_lookup_elem(&variants, &zero);

	if (!of || at >= VERDICT_ROWS * PROFILES)
		return number;
	return of->row[at];
}

/* Whether the call in `scratch` is of no interest, by row `number`. */
static __noinline u32 is_settled(struct scratch *scratch, u32 number)
{
	const struct verdict *row = bpf_map_lookup_elem(&verdicts, &number);
	u64 class = 0, bit;
	u32 i, type;

	if (!row)
		return 0;
	type = row->type;
	if (row->flags & ROW_BY_PROFILE) {
		number = variant_of(scratch, number);
		row = bpf_map_lookup_elem(&verdicts, &number);
		if (!row)
			return 0;
	}
	if (row->flags & ROW_MESSAGES)
		scratch->call.repeats = message_repeats(scratch);
	for (i = 0; i < VERDICT_TESTS; i++) {
		if (i >= row->tests)
			break;
		class |= number_holds(scratch, &row->test[i]) << i;
		class = launder(scratch, class);
	}
	bit = 1ULL << (class & 31);
	if (row->always & bit)
		return 0;
	if (row->by_path & bit) {
		bit = launder(scratch, bit);
		if (text_outcome(scratch, row) & bit)
			return 0;
		bit = launder(scratch, bit);
		if (row->flags & ROW_RESOLVED && (s64)scratch->call.ret >= 0 && resolved_outcome(scratch, row) & bit)
			return 0;
	}
	if (row->flags & ROW_DIRECTORIES_PASS && opened_other_than_file(scratch->call.ret))
		return 0;
	count_settled(type);
	return 1;
}

static __always_inline u8 *open_of(u32 tid)
{
	u32 chunk = tid / OPENS_OF_CHUNK;
	struct opens *found = bpf_map_lookup_elem(&opens, &chunk);

	return found ? &found->state[tid % OPENS_OF_CHUNK] : NULL;
}

/*
 * An open was settled as it began, or was not. What was true of a path that begins at the root then is true at the end, where
 * the path need not be read again: if it was changed under way, it is the first one that counts.
 */
static __always_inline void remember_settled(struct scratch *scratch, bool settled)
{
	/* Where failed calls are left out early, their ends would leave this behind. */
	u8 *state = drop_failed ? NULL : open_of(bpf_get_current_pid_tgid());

	if (state)
		*state = settled && scratch->path[0] == '/' ? OPEN_SETTLED : OPEN_UNKNOWN;
}

/* Whether call `id` is an open that was settled as it began, and has turned out to be of nothing but a file. */
static __noinline u32 is_settled_since_beginning(u64 id, s64 ret)
{
	u32 number = id;
	const struct verdict *row = bpf_map_lookup_elem(&verdicts, &number);
	u8 *state;

	if (!row || !(row->flags & ROW_DIRECTORIES_PASS))
		return 0;
	state = open_of(bpf_get_current_pid_tgid());
	if (!state || *state != OPEN_SETTLED)
		return 0;
	*state = OPEN_UNKNOWN;
	if (ret >= 0 && (row->flags & ROW_RESOLVED || opened_other_than_file(ret)))
		return 0;
	count_settled(row->type);
	return 1;
}

/* Whether the call passed when it began; it is looked for once. */
static __always_inline bool was_entered(struct scratch *scratch)
{
	u32 tid = bpf_get_current_pid_tgid();
	u8 *state = open_of(tid);
	bool passed;

	if (state) {
		passed = *state == OPEN_PASSED;
		scratch->call.fresh = *state == CONNECT_FRESH;
		*state = OPEN_UNKNOWN;
		return passed;
	}
	if (!bpf_map_lookup_elem(&entered, &tid))
		return false;
	bpf_map_delete_elem(&entered, &tid);
	return true;
}

/* Remembers that a connect has begun of whose beginning user space need not hear; false where that is not possible. */
static __always_inline bool remember_fresh(s32 fd)
{
	u8 *state = open_of(bpf_get_current_pid_tgid());

	if (!state || !is_fresh(fd))
		return false;
	*state = CONNECT_FRESH;
	return true;
}

/* Remembers that the call's beginning was sent. Where that fails, every end passes from then on. */
static __always_inline void remember_entry(void)
{
	u32 tid = bpf_get_current_pid_tgid();
	u8 *state = open_of(tid);
	u8 one = 1;

	if (state)
		*state = OPEN_PASSED;
	else if (bpf_map_update_elem(&entered, &tid, &one, BPF_ANY))
		entries_forgotten = true;
}
