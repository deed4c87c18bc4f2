// Helpers that build the page. They only ever set text as text, so no body can become markup.

export const byId = (id) => document.getElementById(id);

export function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

export function showIf(condition, ...ids) {
  for (const id of ids) byId(id).hidden = !condition;
}
