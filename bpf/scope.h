/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Whose events are wanted: everybody's but our own, a cgroup's, or a process tree's. */
#pragma once
#include "maps.h"

static __always_inline bool process_in_scope(u32 tgid)
{
	if (tgid == selection.own_tgid)
		return false;
	if (scope_cgroup && bpf_get_current_ancestor_cgroup_id(scope_cgroup_level) != scope_cgroup)
		return false;
	if (scope_tree && !bpf_map_lookup_elem(&tree, &tgid))
		return false;
	return true;
}

static __always_inline bool in_scope(void)
{
	return process_in_scope(bpf_get_current_pid_tgid() >> 32);
}
