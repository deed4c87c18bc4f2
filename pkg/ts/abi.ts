// The numbers that the module and TypeScript have to agree on: a name's place in a list is its
// number. `cargo test -p formevent-wasm` holds this file to the enumerations in pkg/src/lib.rs.

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
export const RULES = ["template", "whatwg"] as const;
export const DUPLICATES = ["keep", "first", "last", "group", "arrays"] as const;

/** Where a choice begins in the number that carries all of them. */
export const BIT = { rules: 0, decode: 1, strict: 2, duplicates: 3, reportDropped: 6, around: 7 } as const;

/** No limit, and the end of a stream's body: the largest number of the module's 32 bits. */
export const MAX = 0xffff_ffff;
