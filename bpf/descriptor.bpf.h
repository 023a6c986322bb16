/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Calls that make, copy, change and close descriptors. */
#pragma once
#include "file.h"
#include "flags.h"
#include "hook.h"

EXIT_EVENT(close, 5, 2)
{
	put_s64(event, call->ret);
	put_fd(event, call->args[0]);
}
