// Helpers that build the page. They only ever set text as text, so no body can become markup.

export const byId = (id) => document.getElementById(id);

export function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** Shortens a long text: a browser is slow to lay out a megabyte at each keystroke. */
export function clip(text, most = 2000) {
  return text.length <= most ? text : `${text.slice(0, most)}… (${count(text.length - most, "more character")})`;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const number = (value) => whole.format(value);

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
