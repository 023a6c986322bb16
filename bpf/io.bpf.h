/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Reads and writes, and what moves data between descriptors. */
#pragma once
#include "data.h"
#include "hook.h"

EXIT_EVENT(read, 7, 4)
{
	put_s64(event, call->ret);
	put_data(event, call->args[1], received(call->ret));
	put_fd(event, call->args[0]);
	put_u32(event, call->args[2]);
}

EXIT_EVENT(write, 9, 4)
{
	put_s64(event, call->ret);
	put_data(event, call->args[1], written(call->ret, call->args[2]));
	put_fd(event, call->args[0]);
	put_u32(event, call->args[2]);
}

/* A 64-bit position: one register, or two in a 32-bit call. */
static __always_inline u64 position_argument(const struct call *call, u32 index)
{
	return call->compat ? call->args[index] | call->args[index + 1] << 32 : call->args[index];
}

EXIT_EVENT(pread64, 113, 5)
{
	put_s64(event, call->ret);
	put_data(event, call->args[1], received(call->ret));
	put_fd(event, call->args[0]);
	put_u32(event, call->args[2]);
	put_u64(event, position_argument(call, 3));
}

EXIT_EVENT(pwrite64, 115, 5)
{
	put_s64(event, call->ret);
	put_data(event, call->args[1], written(call->ret, call->args[2]));
	put_fd(event, call->args[0]);
	put_u32(event, call->args[2]);
	put_u64(event, position_argument(call, 3));
}

static __always_inline void put_vector_read(struct event *event, const struct call *call)
{
	u64 length = received(call->ret);

	put_s64(event, call->ret);
	put_u32(event, length);
	put_vector(event, call->args[1], call->args[2], length);
	put_fd(event, call->args[0]);
}

static __always_inline void put_vector_write(struct event *event, const struct call *call)
{
	u64 asked = vector_bytes(call->args[1], call->args[2]);

	put_s64(event, call->ret);
	put_vector(event, call->args[1], call->args[2], written(call->ret, asked));
	put_fd(event, call->args[0]);
	put_u32(event, asked);
}

EXIT_EVENT(readv, 117, 4)
{
	put_vector_read(event, call);
}

EXIT_EVENT(writev, 119, 4)
{
	put_vector_write(event, call);
}

EXIT_EVENT(preadv, 121, 5)
{
	put_vector_read(event, call);
	put_u64(event, position_argument(call, 3));
}

EXIT_EVENT(pwritev, 123, 5)
{
	put_vector_write(event, call);
	put_u64(event, position_argument(call, 3));
}

/* A position that the caller keeps in its memory; 0 where it gave none. */
static __always_inline u64 read_position(u64 address)
{
	u64 position = 0;

	bpf_probe_read_user(&position, sizeof(position), (void *)address);
	return position;
}

enum { IA32_SENDFILE = 187 };

EXIT_EVENT(sendfile, 189, 5)
{
	bool narrow = call->compat && call->raw == IA32_SENDFILE;
	u64 offset = read_position(call->args[2]);

	put_s64(event, call->ret);
	put_u64(event, narrow ? (u32)offset : offset);
	put_fd(event, call->args[0]);
	put_fd(event, call->args[1]);
	put_u64(event, call->args[3]);
}

EXIT_EVENT(splice, 167, 5)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_fd(event, call->args[2]);
	put_u64(event, call->args[4]);
	put_u32(event, call->args[5] & 0xf);
}

EXIT_EVENT(copy_file_range, 333, 6)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[2]);
	put_u64(event, read_position(call->args[3]));
	put_fd(event, call->args[0]);
	put_u64(event, read_position(call->args[1]));
	put_u64(event, call->args[4]);
}

EXIT_EVENT(process_vm_readv, 421, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_vector(event, call->args[1], call->args[2], received(call->ret));
}

EXIT_EVENT(process_vm_writev, 423, 3)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
	put_vector(event, call->args[1], call->args[2], received(call->ret));
}
