/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Connections: as a text that verdicts test, and as what user space is told where a connect was kept from it. */
#pragma once
#include "socket.h"

enum {
	SOCK_STREAM = 1,
	SOCK_DGRAM = 2,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	EINPROGRESS = 115,
	MSG_FASTOPEN = 0x20000000,
};

/* What a socket is, as the letter that its text begins with. */
enum sort {
	SORT_TCP4 = 'A',
	SORT_TCP6 = 'B',
	SORT_UDP4 = 'C',
	SORT_UDP6 = 'D',
	SORT_UNIX = 'U',
	SORT_FAILED = 'Z', /* an internet socket whose connect failed */
	SORT_OTHER = 'Y',  /* user space has to hear of it */
};

static __always_inline bool is_unix_stream(struct sock *sock)
{
	return READ(sock, __sk_common.skc_family) == AF_UNIX && READ(sock, sk_type) == SOCK_STREAM;
}

/* Whether a socket has its other end. */
static __always_inline bool has_other_end(struct sock *sock)
{
	if (READ(sock, __sk_common.skc_family) == AF_UNIX)
		return READ((struct unix_sock *)sock, peer) != NULL;
	return READ(sock, __sk_common.skc_dport) != 0;
}

/*
 * Whether a connect of this descriptor can wait for its end to be told: the socket had no other end before. What others were
 * connected to the call may undo, and what is not here is told of by their connects only.
 */
static __noinline bool is_fresh(s32 fd)
{
	struct sock *sock = sock_of(fd);
	u16 family = READ(sock, __sk_common.skc_family);

	if (!sock || has_other_end(sock))
		return false;
	return family == AF_INET || family == AF_INET6 || is_unix_stream(sock);
}

/* An IPv4 address, or the unspecified one, in 16 bytes. */
static __always_inline bool is_mapped(const u8 *address)
{
	const u64 *halves = (const u64 *)address;

	if (halves[0])
		return false;
	return !halves[1] || (u32)halves[1] == 0xffff0000;
}

/* What a connected internet socket is. The other end's address goes to `to`. */
static __always_inline u8 internet_sort(struct sock *sock, u8 *to)
{
	u8 local[16] __attribute__((aligned(8))), remote[16] __attribute__((aligned(8)));
	bool v4 = READ(sock, __sk_common.skc_family) == AF_INET;
	u16 type = READ(sock, sk_type), protocol = READ(sock, sk_protocol);

	if (v4) {
		*(u32 *)to = READ(sock, __sk_common.skc_daddr);
	} else {
		bpf_probe_read_kernel(local, 16, &READ((struct inet_sock *)sock, pinet6)->saddr);
		bpf_probe_read_kernel(remote, 16, &sock->__sk_common.skc_v6_daddr);
		v4 = is_mapped(local) && is_mapped(remote);
		if (v4)
			__builtin_memcpy(to, remote + 12, 4);
		else
			__builtin_memcpy(to, remote, 16);
	}
	if (type == SOCK_STREAM && protocol == IPPROTO_TCP)
		return v4 ? SORT_TCP4 : SORT_TCP6;
	if (type == SOCK_DGRAM && protocol == IPPROTO_UDP)
		return v4 ? SORT_UDP4 : SORT_UDP6;
	return SORT_OTHER;
}

/* What the socket of a connect that has ended is. */
static __always_inline u8 connect_sort(const struct call *call, u8 *to, u16 *port)
{
	struct sock *sock = call->fresh ? sock_of(call->args[0]) : NULL;
	u16 family = READ(sock, __sk_common.skc_family);

	if (!sock)
		return SORT_OTHER;
	if (is_unix_stream(sock))
		return SORT_UNIX;
	if (family != AF_INET && family != AF_INET6)
		return SORT_OTHER;
	if (call->ret && call->ret != -EINPROGRESS)
		return SORT_FAILED;
	*port = host_order(READ(sock, __sk_common.skc_dport));
	return *port ? internet_sort(sock, to) : SORT_OTHER;
}

static __always_inline u64 put_halves(u8 *path, u64 at, u8 byte)
{
	path[at] = 'a' + (byte >> 4);
	path[at + 1] = 'a' + (byte & 15);
	return at + 2;
}

/*
 * Writes the text of the connection that a connect has made to the start of `scratch->path`: `/`, the sort, and of TCP the other
 * end's address in half-bytes, `:` and the port likewise. Not static, so that the verifier looks at it once.
 */
__noinline u32 describe_connection(u32 lane)
{
	struct scratch *scratch = scratch_of(lane);
	u8 address[16] __attribute__((aligned(8))) = {};
	u64 at;
	u32 i, size;
	u16 port = 0;
	u8 sort;

	if (!scratch)
		return 0;
	sort = connect_sort(&scratch->call, address, &port);
	scratch->path[0] = '/';
	scratch->path[1] = sort;
	scratch->path[2] = 0;
	if (sort != SORT_TCP4 && sort != SORT_TCP6)
		return 1;
	size = sort == SORT_TCP4 ? 4 : 16;
	for (i = 0; i < 16; i++) {
		if (i >= size)
			break;
		put_halves(scratch->path, 2 + 2 * i, address[i]);
	}
	at = 2 + 2 * size;
	scratch->path[at] = ':';
	at = put_halves(scratch->path, at + 1, port >> 8);
	at = put_halves(scratch->path, at, port);
	scratch->path[at] = 0;
	return 1;
}

/*
 * Writes both ends of a socket that has them to `off` in the event of `lane`, this one first, and gives how long that is. Not
 * static, for the same reason.
 */
__noinline u32 write_connection(u32 lane, u32 off, u32 fd)
{
	struct scratch *scratch = scratch_of(lane);
	struct sock *sock = sock_of(fd);
	u16 family = READ(sock, __sk_common.skc_family);

	if (!scratch || !sock || !has_other_end(sock))
		return 0;
	if (family == AF_INET || family == AF_INET6)
		return write_inet(scratch, off, sock, 0, OUTBOUND);
	if (is_unix_stream(sock))
		return launder(scratch, write_unix(scratch, off, sock, 0, OUTBOUND));
	return 0;
}

/* What a socket is connected to, behind the parameters: user space may not have heard of its connect. */
static __always_inline void put_connection(struct event *event, s32 fd)
{
	u64 off, length;
	u8 *to;

	event->off = launder(event->scratch, event->off);
	/* Behind what the entry begins with, and the first one the magic number: where its number ends. */
	off = event->off + (event->extended ? 8 : 12);
	length = write_connection(event->scratch->lane, off, fd);
	BOUND(length, 0xff);
	if (!length)
		return;
	to = put_entry(event, EXTENSION_CONNECTION, 4 + length);
	*(s32 *)to = fd;
}
