// Looks at the fields before the function gets them: REQUIRED and HONEYPOT.
import { Refusal } from "./answers.js";
import type { Values } from "./guard.js";

/** Whether one of the values of a field has text. */
export const isFilled = (values: Values, name: string): boolean => values.get(name)?.some(Boolean) ?? false;

/** Refuses a form in which a required field is missing or empty. */
export function checkRequired(values: Values, required: readonly string[]): void {
  const missing = required.filter((name) => !isFilled(values, name));
  if (!missing.length) return;
  const names = missing.map((name) => JSON.stringify(name)).join(", ");
  throw new Refusal(400, "missing-fields", `these fields are required, but missing or empty: ${names}`, { fields: missing });
}
