/** One line of JSON: ids, counts and causes, never what a header or a form says. */
export function log(level: "warn" | "error", message: string, facts: object): void {
  console[level](JSON.stringify({ level, message, ...facts }));
}
