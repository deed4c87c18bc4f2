// Reads settings from the worker's environment. They are text or, in `wrangler.jsonc`, also JSON.

/** A wrong setting. The message names it, and never contains a secret. */
export class ConfigError extends Error {}

/** The form that a setting's text must have. */
export interface Form {
  readonly test: (text: string) => boolean;
  /** The same in words, after "must be". */
  readonly allowed: string;
  /** Keeps the text out of the message. */
  readonly secret?: boolean;
}

export class Settings {
  private readonly names: Set<string>;

  /** `others` names the bindings in the environment that are not settings. */
  constructor(
    private readonly env: { readonly [name: string]: unknown },
    others: readonly string[],
  ) {
    this.names = new Set(others);
  }

  /** Returns a setting without surrounding white space, or "" if it is missing. */
  text(name: string, form?: Form): string {
    const value = this.value(name) ?? "";
    if (typeof value === "object") this.wrong(name, "text");
    const text = String(value).trim();
    if (text && form && !form.test(text)) this.wrong(name, form.allowed, form.secret ? undefined : text);
    return text;
  }

  /** Returns a setting without which the setting `by` is of no use. */
  required(name: string, by: string, form?: Form): string {
    return this.text(name, form) || this.fail(`${name} is missing: ${by} needs it`);
  }

  /** Returns one of `allowed`; the first is the default. */
  choice<const T extends readonly string[]>(name: string, allowed: T): T[number] {
    return this.oneOf(name, allowed) ?? allowed[0];
  }

  /** Returns one of `allowed`, or undefined if the setting is missing. */
  oneOf<const T extends readonly string[]>(name: string, allowed: T): T[number] | undefined {
    return this.text(name, { test: (text) => allowed.includes(text), allowed: `one of ${allowed.join(", ")}` }) || undefined;
  }

  /**
   * Returns one of `names`, a JSON object or array, or undefined if the setting is missing. Refuses a text
   * that the object would not be written as again.
   */
  document<const T extends readonly string[]>(name: string, names: T): T[number] | object | undefined {
    const given = this.value(name);
    const text = typeof given === "string" ? given.trim() : undefined;
    if (given === undefined || text === "" || (text && names.includes(text))) return text || undefined;
    const isJson = text === undefined || /^[[{]/.test(text);
    const value = text !== undefined && isJson ? parsed(text) : given;
    if (typeof value === "object" && value) {
      const at = text === undefined ? undefined : changedAt(text, value);
      return at === undefined ? value : this.fail(`${name} would be changed at character ${at}: ${KEPT}`);
    }
    return this.wrong(name, `a JSON object or array, or one of ${names.join(", ")}`, isJson ? undefined : text);
  }

  whole(name: string, byDefault: number, { least = 0, most = Number.MAX_SAFE_INTEGER } = {}): number {
    const test = (text: string) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
    return Number(this.text(name, { test, allowed: `a whole number from ${least} to ${most}` }) || byDefault);
  }

  /** Returns the items of a comma-separated list or an array, each as `read` returns it. */
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

  /** Returns the members of an object of strings. None may be named in `taken`, and each value may be a secret. */
  members(name: string, taken: readonly string[]): [string, string][] {
    const value = this.value(name) || {};
    const members = typeof value === "string" ? parsed(value.trim() || "{}") : value;
    if (typeof members !== "object" || !members || Array.isArray(members)) return this.wrong(name, "an object of strings");
    for (const [member, value] of Object.entries(members)) {
      if (typeof value !== "string") this.wrong(name, `an object of strings: ${JSON.stringify(member)} is not a string`);
      if (taken.includes(member)) this.fail(`${name} must not name ${JSON.stringify(member)}: the event already has it`);
    }
    return Object.entries(members);
  }

  /** Refuses a name that looks like a misspelt setting, since that would silently have no effect. */
  checkNames(): void {
    for (const name of Object.keys(this.env)) {
      const meant = this.names.has(name) ? undefined : [...this.names].find((setting) => isSimilar(name, setting));
      if (meant) this.fail(`${name} is not a setting: did you mean ${meant}?`);
    }
  }

  private value(name: string): unknown {
    this.names.add(name);
    return this.env[name];
  }

  private wrong(name: string, allowed: string, shown?: string): never {
    this.fail(`${name} must be ${allowed}${shown === undefined ? "" : `, not ${JSON.stringify(shown)}`}`);
  }

  private fail(message: string): never {
    throw new ConfigError(message);
  }
}

export const isHttp = ({ protocol }: URL): boolean => protocol === "https:" || protocol === "http:";

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.\w]+|\S/g;
const KEPT =
  "each name must come once, names that are whole numbers first and in order, and numbers as JavaScript writes them (1, not 1.0)";

// Returns the place in `json` at which its value, written again, differs by more than space and escapes.
function changedAt(json: string, value: unknown): number | undefined {
  const kept = JSON.stringify(value).match(TOKEN);
  const asKept = (token: string) => (token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token);
  return [...json.matchAll(TOKEN)].find(([token], index) => asKept(token) !== kept?.[index])?.index;
}

// Whether the names differ in at most one character, ignoring case.
function isSimilar(a: string, b: string): boolean {
  [a, b] = [a.toUpperCase(), b.toUpperCase()];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}
