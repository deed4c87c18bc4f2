// Settings as they stand in the worker's environment: as text, or as JSON, which `wrangler.jsonc` may
// have as it is.

/** A setting that cannot be. The message has its name, and of a secret nothing else. */
export class ConfigError extends Error {}

/** What a setting's text has to be. */
export interface Form {
  readonly test: (text: string) => boolean;
  /** In words. */
  readonly allowed: string;
  /** Whether the text must not be in the message. */
  readonly secret?: boolean;
}

export class Settings {
  private readonly known: Set<string>;

  /** `others` are the names of what stands in the environment and is no setting. */
  constructor(
    private readonly env: { readonly [name: string]: unknown },
    others: readonly string[],
  ) {
    this.known = new Set(others);
  }

  /** Without white space around it; empty if there is none. */
  text(name: string, form?: Form): string {
    const value = this.value(name) ?? "";
    if (typeof value === "object") this.wrong(name, "text");
    const text = String(value).trim();
    if (text && form && !form.test(text)) this.wrong(name, form.allowed, form.secret ? undefined : text);
    return text;
  }

  required(name: string, form: Form): string {
    return this.text(name, form) || this.fail(`${name} is missing: with LAMBDA_FUNCTION it has to be there`);
  }

  /** The first is the default. */
  choice<const T extends readonly string[]>(name: string, allowed: T): T[number] {
    return this.text(name, { test: (text) => allowed.includes(text), allowed: `one of ${allowed.join(", ")}` }) || allowed[0];
  }

  whole(name: string, byDefault: number, { least = 0, most = Number.MAX_SAFE_INTEGER } = {}): number {
    const test = (text: string) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
    return Number(this.text(name, { test, allowed: `a whole number from ${least} to ${most}` }) || byDefault);
  }

  /** Words with commas between them, or an array, each as `read` has it if that allows it. */
  list(name: string, byDefault: string, allowed: string, read: (item: string) => string | undefined): string[] {
    const value = this.value(name) ?? byDefault;
    const items = typeof value !== "string" ? value : value.trim().startsWith("[") ? parsed(value) : value.split(",");
    if (!Array.isArray(items)) return this.wrong(name, "a list of strings");
    const list = [];
    for (const item of items) {
      if (typeof item !== "string") return this.wrong(name, "a list of strings");
      const text = item.trim();
      if (text) list.push(read(text) ?? this.wrong(name, allowed, text));
    }
    return list;
  }

  /** An object of strings with other names than `taken`. Its values may be secrets. */
  members(name: string, taken: readonly string[]): [string, string][] {
    const value = this.value(name) || {};
    const members = typeof value === "string" ? parsed(value.trim() || "{}") : value;
    if (typeof members !== "object" || !members || Array.isArray(members)) return this.wrong(name, "an object of strings");
    for (const [member, value] of Object.entries(members)) {
      if (typeof value !== "string") this.wrong(name, `an object of strings: the member ${JSON.stringify(member)} is none`);
      if (taken.includes(member)) this.wrong(name, `without ${member}, which the event already has`);
    }
    return Object.entries(members);
  }

  /** What has not been asked for, and is spelt as if it should have been, would not do what it says. */
  checkNames(): void {
    for (const name of Object.keys(this.env)) {
      const meant = this.known.has(name) ? undefined : [...this.known].find((known) => isSimilar(name, known));
      if (meant) this.fail(`${name} is no setting: ${meant} is one`);
    }
  }

  private value(name: string): unknown {
    this.known.add(name);
    return this.env[name];
  }

  private wrong(name: string, allowed: string, shown?: string): never {
    this.fail(`${name} has to be ${allowed}${shown === undefined ? "" : `, not ${JSON.stringify(shown)}`}`);
  }

  private fail(message: string): never {
    throw new ConfigError(message);
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

// Whether at most one character more, less or another makes one name of the other, in any case.
function isSimilar(a: string, b: string): boolean {
  [a, b] = [a.toUpperCase(), b.toUpperCase()];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}
