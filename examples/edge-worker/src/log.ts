/** Logs a line of JSON. Pass ids, counts and causes, never the text of a header or a form. */
export function log(level: "warn" | "error", message: string, facts: object): void {
  console[level](JSON.stringify({ level, message, ...facts }));
}
