#!/bin/sh
# Compiles for the SIMD that every machine has: cargo calls this with the compiler, for the workspace's crates only.
exec "$@" --cfg 'formevent_level="baseline"'
