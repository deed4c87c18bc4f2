// Asks Linux about a process: https://man7.org/linux/man-pages/man5/proc.5.html
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Returns the ids of the workerd processes that the process `parent` has started. */
export function workerdsOf(parent) {
  const lines = execFileSync("ps", ["-o", "pid=,comm=", "--ppid", String(parent)], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.endsWith("workerd")).map((line) => line.trim().split(" ")[0]);
}

/** Returns a field of the process's status, such as `VmHWM`, in MiB. */
export function memory(id, field) {
  const [, kib] = readFileSync(`/proc/${id}/status`, "utf8").match(new RegExp(`^${field}:\\s+(\\d+) kB`, "m"));
  return Math.round(kib / 1024);
}

/** Returns the CPU time of the process so far, in µs, in steps of 10 ms. */
export function cpuTime(id) {
  const [user, system] = readFileSync(`/proc/${id}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10_000;
}
