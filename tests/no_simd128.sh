#!/bin/sh
# Compiles for WebAssembly without SIMD: cargo calls this with the compiler, for the workspace's crates only. What cargo
# asks the compiler about the target goes for the dependencies.
case "$*" in
*--print*) exec "$@" ;;
*) exec "$@" -C target-feature=-simd128 ;;
esac
