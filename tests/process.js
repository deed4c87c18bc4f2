// Asks Linux about a process: https://man7.org/linux/man-pages/man5/proc.5.html
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Returns the processes that the process `parent` has started. */
export function childrenOf(parent) {
  const lines = execFileSync("ps", ["-o", "pid=,comm=", "--ppid", String(parent)], { encoding: "utf8" })
    .trim()
    .split("\n");
  return lines.map((line) => /^\s*(?<id>\d+) (?<name>.*)/.exec(line).groups);
}

/** Returns the ids of the workerd processes that the process `parent` has started. */
export function workerdsOf(parent) {
  return childrenOf(parent).flatMap(({ id, name }) => (name === "workerd" ? [id] : []));
}

/** Tells whether a process has not ended. */
export function isRunning(id) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Returns a field of the process's status, such as `VmHWM`, in MiB. */
export function memory(id, field) {
  const [, kib] = readFileSync(`/proc/${id}/status`, "utf8").match(new RegExp(`^${field}:\\s+(\\d+) kB`, "m"));
  return Math.round(kib / 1024);
}

/** Returns the CPU time of the process's threads so far, in µs. */
export function cpuTime(id) {
  const nanoseconds = readdirSync(`/proc/${id}/task`).map((thread) => {
    return Number(readFileSync(`/proc/${id}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  });
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1_000;
}
