/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Files: from a descriptor to what it is, and to the path that the kernel resolved it to. */
#pragma once
#include "compat.h"
#include "event.h"

enum {
	WALK_STEPS = 12, /* dentries and mount points that a walk passes at a time */
	PATH_WALKS = 8,	 /* how many times it goes on at most */
	FMODE_CREATED = 0x100000,
	OVERLAYFS_MAGIC = 0x794c7630,
};

enum layer { LAYER_NONE, LAYER_UPPER, LAYER_LOWER };

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline struct file *file_of(s32 fd)
{
	struct file **files, *file = NULL;
	u32 limit;

	if (typed_task) {
		struct task_struct *task = bpf_get_current_task_btf();
		struct fdtable *table = task->files->fdt;

		files = table->fd;
		limit = table->max_fds;
	} else {
		struct fdtable *table = READ2(current_task(), files, fdt);

		files = READ(table, fd);
		limit = READ(table, max_fds);
	}
	if ((u32)fd >= limit)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &files[(u32)fd]);
	return file;
}

enum { BLOCK = 112 };

/* A field out of a copy of a struct's first BLOCK bytes, where nearly all kernels have it; else it is read by itself. */
#define FROM_BLOCK(block, src, field)                                                                                  \
	({                                                                                                             \
		u64 at_ = FIELD_OFFSET(src, field);                                                                    \
		typeof((src)->field) picked_;                                                                          \
		if (at_ + sizeof(picked_) <= BLOCK)                                                                    \
			picked_ = *(typeof(picked_) *)((block) + at_);                                                 \
		else                                                                                                   \
			picked_ = READ(src, field);                                                                    \
		picked_;                                                                                               \
	})

struct file_facts {
	struct file *file;
	struct inode *inode;
	struct dentry *dentry;
	struct vfsmount *mnt;
	u32 mode;
};

/* What an open file is, by one read. Zeroes where there is no file. */
static __always_inline void read_file(struct file_facts *facts, struct file *file)
{
	u8 block[BLOCK] __attribute__((aligned(8)));

	bpf_probe_read_kernel(block, BLOCK, file);
	facts->file = file;
	facts->inode = FROM_BLOCK(block, file, f_inode);
	facts->dentry = FROM_BLOCK(block, file, f_path.dentry);
	facts->mnt = FROM_BLOCK(block, file, f_path.mnt);
	facts->mode = FROM_BLOCK(block, file, f_mode);
}

/* The kernel keeps 12 bits of major and 20 of minor number; user space is told 8, 12 and 12 bits, interleaved. */
static __always_inline u32 encode_device(u32 device)
{
	u32 major = device >> 20;
	u32 minor = device & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

static __always_inline u32 device_of(struct inode *inode)
{
	return encode_device(READ2(inode, i_sb, s_dev));
}

/* On which layer of an overlay a file lies: the pointer to its upper dentry comes right after the inode. */
static __always_inline enum layer layer_of(struct inode *inode)
{
	struct dentry *upper = NULL;

	if (READ2(inode, i_sb, s_magic) != OVERLAYFS_MAGIC)
		return LAYER_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper), (u8 *)inode + TYPE_SIZE(struct inode));
	if (upper && READ2(upper, d_inode, i_ino))
		return LAYER_UPPER;
	return LAYER_LOWER;
}

/* What a walk needs of a dentry: one read where these lie next to each other, as they always have. */
struct link {
	struct dentry *parent;
	u32 hash, length;
	unsigned char *name;
};

static __always_inline struct link read_link(struct dentry *dentry)
{
	u64 first = FIELD_OFFSET(dentry, d_parent);
	struct link link = {};

	if (FIELD_OFFSET(dentry, d_name.len) == first + 12 && FIELD_OFFSET(dentry, d_name.name) == first + 16) {
		bpf_probe_read_kernel(&link, sizeof(link), &dentry->d_parent);
		return link;
	}
	link.parent = READ(dentry, d_parent);
	link.length = READ(dentry, d_name.len);
	link.name = READ(dentry, d_name.name);
	return link;
}

/*
 * Goes on with the walk in the scratch of `lane` for some steps. Gives whether it is over. The function is not static: the
 * verifier then looks at it once in a program, not once for each place and each state that it is called in.
 */
__noinline u32 walk_on(u32 lane)
{
	struct scratch *scratch = scratch_of(lane);
	struct dentry *dentry, *root;
	struct mount *mount;
	u32 step, over = 1;
	u64 at;

	if (!scratch)
		return 1;
	dentry = scratch->walk.dentry;
	root = scratch->walk.root;
	mount = scratch->walk.mount;
	at = scratch->walk.at;
	for (step = 0; step < WALK_STEPS; step++) {
		struct link link;
		u64 length;

		at = launder(scratch, at);
		BOUND(at, PATH_SIZE - 1);

		if (dentry == root) {
			struct mount *above = READ(mount, mnt_parent);

			if (above == mount) {
				scratch->cut = 0;
				goto out;
			}
			dentry = READ(mount, mnt_mountpoint);
			mount = above;
			root = READ(mount, mnt.mnt_root);
			continue;
		}
		link = read_link(dentry);
		length = link.length;
		BOUND(length, NAME_SIZE - 1);
		if (at < length + 1)
			goto out;
		at -= length + 1;
		BOUND(at, PATH_SIZE - 1);
		scratch->path[at] = '/';
		/* Linux 6.12 loses the bound on the way here. */
		BOUND(length, NAME_SIZE - 1);
		bpf_probe_read_kernel(&scratch->path[at + 1], length, link.name);
		if (dentry == link.parent) {
			at++; /* its own parent and no mount's root: a name without a place */
			scratch->cut = 0;
			goto out;
		}
		dentry = link.parent;
	}
	over = 0;
out:
	scratch->walk = (struct walk){ dentry, root, mount, at };
	return over;
}

/*
 * Writes the path of a dentry into the end of `scratch->path` and gives where it starts; it ends with a NUL at
 * PATH_SIZE - 1. The walk goes up to the root of the mount namespace, not to the task's own root: what a chroot hides is
 * told. What is not reachable from there (pipes, memory files) gives its name alone. Longer paths are cut at the left.
 */
static __noinline u64 walk_path(struct scratch *scratch, struct dentry *dentry, struct vfsmount *vfsmount)
{
	u32 lane = scratch->lane, walks;
	u64 at;

	scratch->walk.dentry = dentry;
	scratch->walk.root = READ(vfsmount, mnt_root);
	scratch->walk.mount = (void *)((u8 *)vfsmount - FIELD_OFFSET((struct mount *)0, mnt));
	scratch->walk.at = PATH_SIZE - 1;
	scratch->path[PATH_SIZE - 1] = 0;
	scratch->cut = 1;
	for (walks = 0; walks < PATH_WALKS; walks++)
		if (walk_on(lane))
			break;
	at = scratch->walk.at;
	if (at == PATH_SIZE - 1) {
		at--;
		scratch->path[PATH_SIZE - 2] = '/';
	}
	return launder(scratch, at);
}

/* The same for an open file. That the path is incomplete is counted. */
static __always_inline u64 walk_file(struct event *event, const struct file_facts *file)
{
	u64 start = walk_path(event->scratch, file->dentry, file->mnt);

	if (event->scratch->cut) {
		struct counts *count = counts_of(event->type);

		if (count)
			count->path_cut++;
	}
	return start;
}

/* A path that was walked, as a parameter with its NUL. */
static __always_inline void put_walked(struct event *event, u64 start)
{
	u64 length = PATH_SIZE - start;

	BOUND(start, PATH_SIZE - 1);
	BOUND(length, PATH_SIZE - 1);
	bpf_probe_read_kernel(event->data + position(event), length, &event->scratch->path[start]);
	set_variable_length(event, length);
}

/* The path of an opened file behind the parameters, where no reader that does not know it stumbles over it. */
static __always_inline void put_resolved_path(struct event *event, const struct file_facts *file)
{
	u64 start = walk_file(event, file);
	u64 length = PATH_SIZE - 1 - start;
	u8 *to;

	BOUND(start, PATH_SIZE - 1);
	BOUND(length, PATH_SIZE - 1);
	to = put_entry(event, EXTENSION_RESOLVED_PATH, length);
	bpf_probe_read_kernel(to, length, &event->scratch->path[start]);
}

/*
 * Tells the files apart that have had the same inode number, as far as the file system does. An overlay has only its upper
 * layer's inodes to ask; those of the lower ones stay.
 */
static __always_inline u32 generation_of(struct inode *inode)
{
	struct dentry *upper = NULL;

	if (READ2(inode, i_sb, s_magic) != OVERLAYFS_MAGIC)
		return READ(inode, i_generation);
	bpf_probe_read_kernel(&upper, sizeof(upper), (u8 *)inode + TYPE_SIZE(struct inode));
	return upper ? READ2(upper, d_inode, i_generation) : 0;
}

/* What user space compares with when it is told which file a descriptor is. */
static __always_inline void put_generation(struct event *event, struct inode *inode)
{
	if (selection.flags & SELECT_DESCRIPTORS)
		*(u32 *)put_entry(event, EXTENSION_GENERATION, 4) = generation_of(inode);
}

/* Which file a descriptor is, or that it is none: what user space knows of it may be of an earlier file, or nothing. */
static __always_inline void put_descriptor(struct event *event, s32 fd)
{
	struct file_facts file;
	u64 start, length;
	u8 *to;

	read_file(&file, file_of(fd));
	start = file.file ? walk_file(event, &file) : PATH_SIZE - 1;
	length = PATH_SIZE - 1 - start;
	BOUND(start, PATH_SIZE - 1);
	BOUND(length, PATH_SIZE - 1);
	event->off = launder(event->scratch, event->off);
	to = put_entry(event, EXTENSION_DESCRIPTOR, 24 + length);
	*(s32 *)to = fd;
	*(u32 *)(to + 4) = device_of(file.inode);
	*(u64 *)(to + 8) = READ(file.inode, i_ino);
	*(u32 *)(to + 16) = READ(file.inode, i_mode);
	*(u32 *)(to + 20) = generation_of(file.inode);
	bpf_probe_read_kernel(to + 24, length, &event->scratch->path[start]);
}

/* The directory that a path is relative to. */
static __always_inline void put_base(struct event *event, u64 fd)
{
	if (selection.flags & SELECT_DESCRIPTORS && (s32)fd >= 0)
		put_descriptor(event, fd);
}
