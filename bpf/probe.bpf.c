/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Windhover's probe: every program in one object. */
#include "descriptor.bpf.h"
#include "dispatch.bpf.h"
#include "exec.bpf.h"
#include "open.bpf.h"
#include "process.bpf.h"

char licence[] SEC("license") = "Dual MIT/GPL";
