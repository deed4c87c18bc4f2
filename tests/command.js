// Builds the command `formevent`, in a folder of its own: in the usual one, cargo waits until no other cargo builds there.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "target/command");
execFileSync("cargo", ["build", "--quiet", "--locked", "-p", "formevent-cli", "--target-dir", target], { cwd: root });

/** The path of the command. */
export const command = join(target, "debug/formevent");
