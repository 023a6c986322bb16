#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Rebuilds the committed eBPF objects: `bpf/build.sh [OUTPUT-FOLDER]`. Same sources and compiler, same bytes.
set -eu
clang=${CLANG:-clang-14}
strip=${LLVM_STRIP:-llvm-strip-14}
cd "$(dirname "$0")"
out=${1:-objects}
mkdir -p "$out"
for arch in x86:x86_64 arm64:aarch64; do
	object="$out/probe-${arch#*:}.o"
	"$clang" -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function \
		-fno-ident -fdebug-compilation-dir=. -D__TARGET_ARCH_"${arch%:*}" -c probe.bpf.c -o "$object"
	"$strip" -g "$object"
done
