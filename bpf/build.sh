#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Rebuilds the committed eBPF objects: `bpf/build.sh [OUTPUT-FOLDER]`. Same sources and compiler, same bytes.
set -eu
clang=${CLANG:-clang-14}
strip=${LLVM_STRIP:-llvm-strip-14}
cd "$(dirname "$0")"
out=${1:-objects}
mkdir -p "$out"

build() {
	"$clang" -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function \
		-fno-ident -fdebug-compilation-dir=. "$3" -c "$1" -o "$2"
	"$strip" -g "$2"
}

build probe.bpf.c "$out/probe-x86_64.o" -D__TARGET_ARCH_x86
build probe.bpf.c "$out/probe-aarch64.o" -D__TARGET_ARCH_arm64
build empty.bpf.c "$out/empty.o" -D__TARGET_ARCH_x86
