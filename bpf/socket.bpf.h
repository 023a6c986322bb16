/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Socket calls. */
#pragma once
#include "data.h"
#include "flags.h"
#include "hook.h"
#include "socket.h"

enum {
	CONTROL_SIZE = 4096,
	MESSAGES = 16, /* of a batch */
};

EXIT_EVENT(socket, 19, 5)
{
	put_s64(event, call->ret);
	put_u32(event, call->args[0]);
	put_u32(event, call->args[1]);
	put_u32(event, call->args[2]);
	put_u32(event, descriptor_flags(call->args[1]));
}

EXIT_EVENT(socketpair, 43, 8)
{
	s32 ends[2] = { -1, -1 };
	struct sock *source = NULL, *peer = NULL;

	if (call->ret == 0) {
		bpf_probe_read_user(ends, sizeof(ends), (void *)call->args[3]);
		source = sock_of(ends[0]);
		peer = READ((struct unix_sock *)source, peer);
	}
	put_s64(event, call->ret);
	put_s64(event, ends[0]);
	put_s64(event, ends[1]);
	put_u64(event, (u64)source);
	put_u64(event, (u64)peer);
	put_u32(event, call->args[0]);
	put_u32(event, call->args[1]);
	put_u32(event, call->args[2]);
}

SOCKET_EVENT(bind, 21, 3)
{
	put_s64(event, call->ret);
	put_address(event, call->args[1], call->args[2]);
	put_fd(event, call->args[0]);
}

static __always_inline void put_connect(struct event *event, const struct call *call)
{
	put_s64(event, call->ret);
	if (call->ret == 0 || call->ret == -EINPROGRESS)
		put_tuple(event, call->args[0], call->args[1], OUTBOUND);
	else
		put_empty(event);
	put_fd(event, call->args[0]);
	put_address(event, call->args[1], call->args[2]);
}

/* One that fails says nothing of what the descriptor is, and of what it was connected to before. */
EXIT_EVENT(connect, 23, 4)
{
	put_connect(event, call);
	if (selection.flags & SELECT_DESCRIPTORS && call->ret < 0 && call->ret != -EINPROGRESS) {
		put_descriptor(event, call->args[0]);
		put_connection(event, call->args[0]);
	}
}

SOCKET_EVENT(listen, 25, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_s32(event, call->args[1]);
}

/* What the listening socket's queue was like after the call: percentage filled, connections waiting, room. */
static __always_inline void put_accept(struct event *event, const struct call *call)
{
	u32 length = 0, most = 0;

	put_s64(event, call->ret);
	if (call->ret < 0) {
		put_empty(event);
	} else {
		struct sock *listener = sock_of(call->args[0]);

		put_tuple(event, call->ret, 0, INBOUND);
		length = READ(listener, sk_ack_backlog);
		most = READ(listener, sk_max_ack_backlog);
	}
	put_u8(event, length && most ? (u64)length * 100 / most : 0);
	put_u32(event, length);
	put_u32(event, most);
}

EXIT_EVENT(accept, 247, 5)
{
	put_accept(event, call);
}

EXIT_EVENT(accept4, 389, 6)
{
	put_accept(event, call);
	put_s32(event, descriptor_flags(call->args[3]));
}

EXIT_EVENT(getsockname, 39, 0)
{
}

EXIT_EVENT(getpeername, 41, 0)
{
}

SOCKET_EVENT(shutdown, 37, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u8(event, call->args[1] <= 2 ? call->args[1] : 0xff);
}

static __always_inline void put_send(struct event *event, const struct call *call, u64 address)
{
	put_s64(event, call->ret);
	put_data(event, call->args[1], written(call->ret, call->args[2]));
	put_fd(event, call->args[0]);
	put_u32(event, call->args[2]);
	if (call->ret >= 0)
		put_tuple(event, call->args[0], address, OUTBOUND);
	else
		put_empty(event);
}

/* A message can connect: then it is what tells of that. */
SOCKET_EVENT_WHEN(sendto, 31, 5, !(call->args[3] & MSG_FASTOPEN))
{
	put_send(event, call, call->args[4]);
}

EXIT_EVENT(send, 29, 5)
{
	put_send(event, call, 0);
}

SOCKET_EVENT(recvfrom, 35, 5)
{
	put_s64(event, call->ret);
	put_data(event, call->args[1], received(call->ret));
	if (call->ret >= 0)
		put_tuple(event, call->args[0], call->args[4], INBOUND);
	else
		put_empty(event);
	put_fd(event, call->args[0]);
	put_u32(event, call->args[2]);
}

EXIT_EVENT(recv, 33, 5)
{
	put_s64(event, call->ret);
	put_data(event, call->args[1], received(call->ret));
	put_fd(event, call->args[0]);
	put_u32(event, call->args[2]);
	if (call->ret >= 0)
		put_tuple(event, call->args[0], 0, INBOUND);
	else
		put_empty(event);
}

/* A message header in user memory. */
struct message {
	u64 name;
	u32 name_length;
	u64 vector, vector_count;
	u64 control, control_length;
	u32 flags;
};

struct message_compat {
	u32 name, name_length, vector, vector_count, control, control_length, flags;
};

static __always_inline struct message read_message(u64 address, bool compat)
{
	struct message_compat narrow = {};
	struct message message = {};

	if (!compat) {
		bpf_probe_read_user(&message, sizeof(message), (void *)address);
		return message;
	}
	bpf_probe_read_user(&narrow, sizeof(narrow), (void *)address);
	message.name = narrow.name;
	message.vector = narrow.vector;
	message.vector_count = narrow.vector_count;
	message.control = narrow.control;
	message.control_length = narrow.control_length;
	return message;
}

static __always_inline void put_control(struct event *event, const struct message *message)
{
	u64 length = message->control_length;

	put_user_bytes(event, message->control, length < CONTROL_SIZE ? length : CONTROL_SIZE);
}

SOCKET_EVENT_WHEN(sendmsg, 49, 5, !(call->args[2] & MSG_FASTOPEN))
{
	struct message message = read_message(call->args[1], call->compat);
	u64 asked = vector_bytes(message.vector, message.vector_count);

	put_s64(event, call->ret);
	put_vector(event, message.vector, message.vector_count, written(call->ret, asked));
	put_fd(event, call->args[0]);
	put_u32(event, asked);
	if (call->ret >= 0)
		put_tuple(event, call->args[0], message.name, OUTBOUND);
	else
		put_empty(event);
}

SOCKET_EVENT(recvmsg, 53, 6)
{
	struct message message = read_message(call->args[1], call->compat);
	u64 length = received(call->ret);

	put_s64(event, call->ret);
	put_u32(event, length);
	put_vector(event, message.vector, message.vector_count, length);
	if (call->ret >= 0) {
		put_tuple(event, call->args[0], message.name, INBOUND);
		put_control(event, &message);
	} else {
		put_empty(event);
		put_empty(event);
	}
	put_fd(event, call->args[0]);
}

/* The next message of a batch: its header, and how many bytes went with it. */
static __always_inline u64 message_address(const struct call *call, u32 index)
{
	return call->args[1] + index * (call->compat ? 32 : 64);
}

static __always_inline u32 message_bytes(const struct call *call, u64 address)
{
	u32 bytes = 0;

	bpf_probe_read_user(&bytes, sizeof(bytes), (void *)(address + (call->compat ? 28 : 56)));
	return bytes;
}

static __always_inline void put_sent_message(struct event *event, const struct call *call, u64 address)
{
	struct message message = read_message(address, call->compat);
	u32 bytes = message_bytes(call, address);

	put_s64(event, bytes);
	put_fd(event, call->args[0]);
	put_u32(event, bytes);
	put_vector(event, message.vector, message.vector_count, bytes);
	put_tuple(event, call->args[0], message.name, OUTBOUND);
}

static __always_inline void put_received_message(struct event *event, const struct call *call, u64 address)
{
	struct message message = read_message(address, call->compat);
	u32 bytes = message_bytes(call, address);

	put_s64(event, bytes);
	put_fd(event, call->args[0]);
	put_u32(event, bytes);
	put_vector(event, message.vector, message.vector_count, bytes);
	put_tuple(event, call->args[0], message.name, INBOUND);
	put_control(event, &message);
}

/* A batch that failed, or had nothing in it, is one event without a message. */
static __always_inline void put_failed_batch(struct event *event, const struct call *call, u32 rest)
{
	u32 i;

	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u32(event, 0);
	for (i = 0; i < rest; i++)
		put_empty(event);
}

/*
 * One event per message that went through. The function of one message is not static: the verifier then looks at it once,
 * for any index, instead of once per turn of the loop.
 */
#define BATCH_EVENT(name, code, count, put_message)                                                                    \
	__noinline int tell_##name(u32 index)                                                                          \
	{                                                                                                              \
		struct scratch *scratch = scratch_of(LANE_EXIT);                                                       \
		struct event event;                                                                                    \
                                                                                                                       \
		if (!event_begin(&event, scratch, code, count))                                                        \
			return 0;                                                                                      \
		put_message(&event, &scratch->call, message_address(&scratch->call, index));                           \
		if (selection.flags & SELECT_DESCRIPTORS)                                                              \
			put_connection(&event, scratch->call.args[0]);                                                 \
		return event_end(&event);                                                                              \
	}                                                                                                              \
	SEC("tp_btf/sys_exit") int x_##name(u64 *context)                                                              \
	{                                                                                                              \
		struct scratch *scratch = scratch_of(LANE_EXIT);                                                       \
		struct event event;                                                                                    \
		s64 sent;                                                                                              \
		u32 i;                                                                                                 \
                                                                                                                       \
		if (!scratch || scratch->call.ret <= 0) {                                                              \
			if (!event_begin(&event, scratch, code, count))                                                \
				return 0;                                                                              \
			put_failed_batch(&event, &scratch->call, count - 3);                                           \
			if (selection.flags & SELECT_DESCRIPTORS)                                                      \
				put_connection(&event, scratch->call.args[0]);                                         \
			return event_end(&event);                                                                      \
		}                                                                                                      \
		sent = scratch->call.ret;                                                                              \
		for (i = 0; i < MESSAGES && i < sent; i++)                                                             \
			tell_##name(i);                                                                                \
		return 0;                                                                                              \
	}

BATCH_EVENT(sendmmsg, 51, 5, put_sent_message)
BATCH_EVENT(recvmmsg, 55, 6, put_received_message)

/* What an option's value is, by which the reader of the event knows how to show it. */
enum option_kind { OPTION_BYTES, OPTION_ERRNO, OPTION_U32, OPTION_U64, OPTION_TIME };

enum {
	SOL_SOCKET = 1,
	SOL_TCP = 6,
	PPM_SOL_SOCKET = 1,
	PPM_SOL_TCP = 2,
	LAST_NAMED_OPTION = 53,
};

static __always_inline enum option_kind option_kind(u32 option)
{
	switch (option) {
	case 4: /* ERROR */
		return OPTION_ERRNO;
	case 20 ... 21: /* RCVTIMEO, SNDTIMEO */
	case 66 ... 67: /* the same with 64-bit times */
		return OPTION_TIME;
	case 53: /* COOKIE */
		return OPTION_U64;
	case 1 ... 3: /* DEBUG, REUSEADDR, TYPE */
	case 5 ... 12: /* DONTROUTE, BROADCAST, SNDBUF, RCVBUF, KEEPALIVE, OOBINLINE, NO_CHECK, PRIORITY */
	case 14 ... 16: /* BSDCOMPAT, REUSEPORT, PASSCRED */
	case 18 ... 19: /* RCVLOWAT, SNDLOWAT */
	case 29 ... 30: /* TIMESTAMP, ACCEPTCONN */
	case 32 ... 50: /* SNDBUFFORCE to ATTACH_BPF */
		return OPTION_U32;
	default:
		return OPTION_BYTES;
	}
}

/* Event numbers of options: the kernel's, but for the timeouts that exist twice. */
static __always_inline u8 option_name(u32 option)
{
	if (option == 66 || option == 67)
		return option - 46;
	return option <= LAST_NAMED_OPTION ? option : 0;
}

static __always_inline void put_option_value(struct event *event, u32 level, u32 option, u64 address, u64 size)
{
	enum option_kind kind = level == SOL_SOCKET ? option_kind(option) : OPTION_BYTES;
	u64 value[2] = {};
	u8 *to = event->data + position(event);
	u64 length = snapshot(size), failed;

	if (kind == OPTION_BYTES) {
		BOUND(length, MAX_EVENT);
		*to = OPTION_BYTES;
		failed = bpf_probe_read_user(to + 1, length, (void *)address);
		set_variable_length(event, 1 + unless_failed(length, failed));
		return;
	}
	*to = kind;
	if (kind == OPTION_TIME && size >= 16) {
		bpf_probe_read_user(value, 16, (void *)address);
		value[0] = value[0] * 1000000000 + value[1] * 1000;
	} else if (kind == OPTION_TIME) {
		bpf_probe_read_user(value, 8, (void *)address);
		value[0] = (value[0] & 0xffffffff) * 1000000000 + (value[0] >> 32) * 1000;
	} else if (kind == OPTION_U64) {
		bpf_probe_read_user(value, 8, (void *)address);
	} else {
		bpf_probe_read_user(value, 4, (void *)address);
	}
	/* A socket's pending error is told as results are: negative. */
	*(u64 *)(to + 1) = kind == OPTION_ERRNO ? -value[0] : value[0];
	set_variable_length(event, kind == OPTION_U32 ? 5 : 9);
}

static __always_inline void put_option(struct event *event, const struct call *call, u32 size)
{
	u32 level = call->args[1], option = call->args[2];

	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_u8(event, BIT_TO(level == SOL_SOCKET, 1, PPM_SOL_SOCKET) | BIT_TO(level == SOL_TCP, 1, PPM_SOL_TCP));
	put_u8(event, level == SOL_SOCKET ? option_name(option) : 0);
	put_option_value(event, level, option, call->args[3], size);
	put_u32(event, size);
}

SOCKET_EVENT(setsockopt, 45, 6)
{
	put_option(event, call, call->args[4]);
}

SOCKET_EVENT(getsockopt, 47, 6)
{
	u32 size = 0;

	bpf_probe_read_user(&size, sizeof(size), (void *)call->args[4]);
	put_option(event, call, size);
}
