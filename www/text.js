// Writes numbers and long texts in words.

/** Shortens a long text: a browser is slow to lay out a megabyte at each keystroke. */
export function clip(text, most = 2000) {
  return text.length <= most ? text : `${text.slice(0, most)}… (${count(text.length - most, "more character")})`;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const number = (value) => whole.format(value);

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
