// The numbers that the module and TypeScript share: a name crosses as its index in one of these lists.
// `cargo test -p formevent-wasm` checks this file against the enumerations in pkg/src/lib.rs.

export const STATUSES = [
  "done",
  "too-many-bytes",
  "too-many-pairs",
  "too-much-output",
  "too-much-held",
  "invalid-utf8",
  "member-exists",
  "out-of-memory",
] as const;
export const REASONS = ["no-equals", "many-equals", "empty-key"] as const;
/** The values of the option `rules`, the default first. */
export const RULES = ["template", "whatwg"] as const;
/** The values of the option `duplicates`, the default first. */
export const DUPLICATES = ["keep", "first", "last", "group", "arrays"] as const;
/** The values of the option `utf8`, the default first. */
export const UTF8 = ["replace", "strict"] as const;

/** The first bit of each choice in the number that carries them all. An enum, which esbuild replaces by its numbers. */
export enum BIT {
  rules = 0,
  decode = 1,
  strict = 2,
  duplicates = 3,
  reportDropped = 6,
  around = 7,
  text = 8,
}

/** The largest 32-bit number: no limit, or, as the length of a chunk, the end of the body. */
export const MAX = 0xffff_ffff;
