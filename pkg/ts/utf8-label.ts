// The labels of UTF-8 and US-ASCII, which the Encoding Standard and IANA give. The former ignores white space around them.
const LABELS = /^\s*(utf-?8|(us-)?ascii)\s*$/i;

/** @internal */
export const isUtf8Label = (label: string): boolean => LABELS.test(label);
