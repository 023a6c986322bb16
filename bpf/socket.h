/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Addresses and the two ends of sockets. */
#pragma once
#include "file.h"

enum {
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	PPM_AF_UNIX = 1,
	PPM_AF_INET = 2,
	PPM_AF_INET6 = 10,
	S_IFSOCK = 0140000,
	FORMAT_MASK = 0170000,
	UNIX_PATH_SIZE = 108,
	FAMILY_SIZE = 2, /* bytes of the family at the start of every address */
};

/* Which way a call goes: the source of a tuple is who sends. */
enum direction { INBOUND, OUTBOUND };

/* Any address that user space can pass, as large as the largest. */
struct address {
	u16 family;
	u16 port; /* network order */
	union {
		u32 v4;
		struct {
			u32 flow;
			u8 v6[16];
		};
	};
};

static __always_inline u16 host_order(u16 port)
{
	return __builtin_bswap16(port);
}

static __always_inline struct sock *sock_of(s32 fd)
{
	struct file *file = file_of(fd);
	struct inode *inode = READ(file, f_inode);

	if (!file || (READ(inode, i_mode) & FORMAT_MASK) != S_IFSOCK)
		return NULL;
	return READ((struct socket *)READ(file, private_data), sk);
}

static __always_inline struct address read_address(u64 address)
{
	struct address out = {};

	bpf_probe_read_user(&out, sizeof(out), (void *)address);
	if (!out.family) /* near the end of a page, a short address is all that can be read */
		bpf_probe_read_user(&out, 16, (void *)address);
	if (!out.family)
		bpf_probe_read_user(&out, FAMILY_SIZE, (void *)address);
	return out;
}

/*
 * The path of a unix socket at `off`, with its NUL, at most `size` bytes of it; and its length. Names that begin with a
 * NUL ("abstract") are told without it.
 */
static __always_inline u64 copy_unix_path(struct scratch *scratch, u64 off, void *path, u64 size, bool user)
{
	u8 *to;
	s64 length;
	u64 kept;
	u8 first = 0;

	if (user)
		bpf_probe_read_user(&first, 1, path);
	else
		bpf_probe_read_kernel(&first, 1, path);
	if (!first && size > 1) {
		path++;
		size--;
	}
	if (size > UNIX_PATH_SIZE)
		size = UNIX_PATH_SIZE;
	BOUND(off, MAX_EVENT);
	BOUND(size, 0x7f);
	to = &scratch->event[off];
	/* One more than can be read keeps room for the NUL, which these names need not have. */
	length = user ? bpf_probe_read_user_str(to, size + 1, path) : bpf_probe_read_kernel_str(to, size + 1, path);
	kept = unless_failed(length, length);
	BOUND(kept, 0x7f);
	if (!kept) {
		*to = 0;
		kept = 1;
	}
	return kept;
}

/* An address that the caller passed, as a parameter; empty for families that have no text of their own. */
static __noinline u64 write_address(struct scratch *scratch, u64 from, u64 size, u64 off)
{
	struct address address = read_address(from);
	u8 *to;

	BOUND(off, MAX_EVENT);
	to = &scratch->event[off];
	if (address.family == AF_INET && size >= 8) {
		*to = PPM_AF_INET;
		*(u32 *)(to + 1) = address.v4;
		*(u16 *)(to + 5) = host_order(address.port);
		return 7;
	}
	if (address.family == AF_INET6 && size >= 24) {
		*to = PPM_AF_INET6;
		__builtin_memcpy(to + 1, address.v6, sizeof(address.v6));
		*(u16 *)(to + 17) = host_order(address.port);
		return 19;
	}
	if (address.family == AF_UNIX && size >= FAMILY_SIZE) {
		*to = PPM_AF_UNIX;
		return launder(scratch, 1 + copy_unix_path(scratch, off + 1, (void *)from + FAMILY_SIZE,
							   size - FAMILY_SIZE, true));
	}
	return 0;
}

static __always_inline void put_address(struct event *event, u64 from, u64 size)
{
	u64 length = from ? write_address(event->scratch, from, (u32)size, event->off) : 0;

	BOUND(length, 0xff);
	set_variable_length(event, length);
}

struct inet_ends {
	u8 local[16], remote[16];
	u16 local_port, remote_port; /* host order */
};

static __always_inline u64 write_ends(u8 *to, const struct inet_ends *ends, u32 size, enum direction direction)
{
	const u8 *source = direction == OUTBOUND ? ends->local : ends->remote;
	const u8 *dest = direction == OUTBOUND ? ends->remote : ends->local;

	if (size == 4) {
		*to = PPM_AF_INET;
		__builtin_memcpy(to + 1, source, 4);
		*(u16 *)(to + 5) = direction == OUTBOUND ? ends->local_port : ends->remote_port;
		__builtin_memcpy(to + 7, dest, 4);
		*(u16 *)(to + 11) = direction == OUTBOUND ? ends->remote_port : ends->local_port;
		return 13;
	}
	*to = PPM_AF_INET6;
	__builtin_memcpy(to + 1, source, 16);
	*(u16 *)(to + 17) = direction == OUTBOUND ? ends->local_port : ends->remote_port;
	__builtin_memcpy(to + 19, dest, 16);
	*(u16 *)(to + 35) = direction == OUTBOUND ? ends->remote_port : ends->local_port;
	return 37;
}

/* Both ends of an internet socket. One that is not connected has its remote end in what the caller passed. */
static __always_inline u64 write_inet(struct scratch *scratch, u64 off, struct sock *sock, u64 user, enum direction direction)
{
	struct inet_sock *inet = (void *)sock;
	struct inet_ends ends = {};
	struct address address = {};
	u32 size = 4;

	ends.local_port = host_order(READ(inet, inet_sport));
	ends.remote_port = host_order(READ(sock, __sk_common.skc_dport));
	if (!ends.remote_port && user) {
		address = read_address(user);
		ends.remote_port = host_order(address.port);
	}
	if (READ(sock, __sk_common.skc_family) == AF_INET) {
		*(u32 *)ends.local = READ(inet, inet_saddr);
		*(u32 *)ends.remote = address.family == AF_INET ? address.v4 : READ(sock, __sk_common.skc_daddr);
	} else {
		size = 16;
		bpf_probe_read_kernel(ends.local, 16, &READ(inet, pinet6)->saddr);
		bpf_probe_read_kernel(ends.remote, 16, &sock->__sk_common.skc_v6_daddr);
		if (address.family == AF_INET6)
			__builtin_memcpy(ends.remote, address.v6, 16);
	}
	BOUND(off, MAX_EVENT);
	return write_ends(&scratch->event[off], &ends, size, direction);
}

/* Both ends of a unix socket by their addresses in the kernel, receiver first, and the path of the receiving one. */
static __always_inline u64 write_unix(struct scratch *scratch, u64 off, struct sock *sock, u64 user, enum direction direction)
{
	struct unix_sock *own = (void *)sock;
	struct unix_sock *peer = (void *)READ(own, peer);
	struct unix_sock *receiver = direction == OUTBOUND ? peer : own;
	struct unix_address *address = READ(receiver, addr);
	s32 size = READ(address, len);
	u8 *to;

	BOUND(off, MAX_EVENT);
	to = &scratch->event[off];
	*to = PPM_AF_UNIX;
	*(u64 *)(to + 1) = (u64)receiver;
	*(u64 *)(to + 9) = (u64)(direction == OUTBOUND ? own : peer);
	off += 17;
	if (direction == OUTBOUND && !peer && user)
		return 17 + copy_unix_path(scratch, off, (void *)user + FAMILY_SIZE, UNIX_PATH_SIZE, true);
	if (!receiver || !address || size <= FAMILY_SIZE) {
		to[17] = 0;
		return 18;
	}
	return 17 + copy_unix_path(scratch, off, (u8 *)&address->name + FAMILY_SIZE, size - FAMILY_SIZE, false);
}

static __noinline u64 write_tuple(struct scratch *scratch, u64 off, s32 fd, u64 user, enum direction direction)
{
	struct sock *sock = sock_of(fd);
	u16 family = READ(sock, __sk_common.skc_family);

	if (!sock)
		return 0;
	if (family == AF_INET || family == AF_INET6)
		return write_inet(scratch, off, sock, user, direction);
	if (family == AF_UNIX)
		return launder(scratch, write_unix(scratch, off, sock, user, direction));
	return 0;
}

/* The two ends of a socket; empty where `fd` is none that has them. `user` is an address that the caller passed, or 0. */
static __always_inline void put_tuple(struct event *event, s64 fd, u64 user, enum direction direction)
{
	u64 length = write_tuple(event->scratch, event->off, fd, user, direction);

	BOUND(length, 0xff);
	set_variable_length(event, length);
}
