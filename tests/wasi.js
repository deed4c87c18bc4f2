// Runs a program for WASI in Node: `node tests/wasi.js PROGRAM ARGUMENTS`. Cargo calls it for each test.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [program] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: process.argv.slice(2), env: process.env, preopens: { ".": "." } });
const { instance } = await WebAssembly.instantiate(readFileSync(program), wasi.getImportObject());
process.exitCode = wasi.start(instance);
