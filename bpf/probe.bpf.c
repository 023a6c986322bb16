/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Windhover's probe: every program in one object. */
#include "credential.bpf.h"
#include "descriptor.bpf.h"
#include "dispatch.bpf.h"
#include "enter.bpf.h"
#include "exec.bpf.h"
#include "io.bpf.h"
#include "memory.bpf.h"
#include "open.bpf.h"
#include "path.bpf.h"
#include "process.bpf.h"
#include "signal.bpf.h"
#include "socket.bpf.h"
#include "wait.bpf.h"

char licence[] SEC("license") = "Dual MIT/GPL";
