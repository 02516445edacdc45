#!/usr/bin/env bash
# Rebuilds the programs of bench/metering.ts next to their sources. Debian: clang-19 lld-19
set -euo pipefail
cd "$(dirname "$0")"
for source in *.c; do
  clang-19 --target=wasm32 -O2 -nostdlib -mbulk-memory -mno-simd128 -fvisibility=hidden -Wall \
    -Wl,--no-entry -Wl,--export=run -Wl,--strip-all -Wl,-z,stack-size=65536 \
    "$source" -o "${source%.c}.wasm"
done
