// Reads the measurements of criterion.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** The timings in the folder `home`, in the order of measuring; none if there is no such folder. */
export function criterion(home) {
  if (!existsSync(home)) return [];
  const files = readdirSync(home, { recursive: true }).filter((file) => file.endsWith(join("new", "benchmark.json")));
  return files
    .map((file) => join(home, file))
    .map((file) => ({ file, written: statSync(file).mtimeMs }))
    .sort((a, b) => a.written - b.written)
    .map(({ file }) => {
      const read = (name) => JSON.parse(readFileSync(join(dirname(file), name), "utf8"));
      const { group_id: group, value_str: name, function_id: subject, throughput } = read("benchmark.json");
      return { group, case: name, subject, ns: read("estimates.json").median.point_estimate, bytes: throughput.Bytes };
    });
}
