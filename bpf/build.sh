#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Rebuilds the committed eBPF objects; with `--check`, says instead whether they are what the sources give.
# The same sources and compiler give the same bytes: clang 14, or what CLANG and LLVM_STRIP name.
set -eu
clang=${CLANG:-clang-14}
strip=${LLVM_STRIP:-llvm-strip-14}
cd "$(dirname "$0")"

build() {
	"$clang" -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function \
		-fno-ident -fdebug-compilation-dir=. "$3" -c "$1" -o "$2"
	"$strip" -g "$2"
}

build_all() {
	build probe.bpf.c "$1/probe-x86_64.o" -D__TARGET_ARCH_x86
	build probe.bpf.c "$1/probe-aarch64.o" -D__TARGET_ARCH_arm64
	build empty.bpf.c "$1/empty.o" -D__TARGET_ARCH_x86
}

case ${1:-} in
'')
	mkdir -p objects
	build_all objects
	;;
--check)
	fresh=$(mktemp -d)
	trap 'rm -rf "$fresh"' EXIT
	build_all "$fresh"
	for object in "$fresh"/*; do
		name=$(basename "$object")
		cmp -s "$object" "objects/$name" && continue
		echo "bpf/objects/$name is not what the sources give: run bpf/build.sh and commit the result" >&2
		exit 1
	done
	;;
*)
	echo "usage: bpf/build.sh [--check]" >&2
	exit 2
	;;
esac
