// Converts short bodies without the module, since a call of it would take longer.
import { BIT } from "./abi.js";
import type { Numbers } from "./options.js";

/** The longest body that is faster here. */
const LONGEST = 32;
/** A limit from here on allows any body of that length, and its JSON. */
const ENOUGH = 4 * LONGEST;

/**
 * Returns the object of pairs, or `undefined` if the module has to make it. Every segment must be a pair
 * by both rules, of ASCII that JSON does not escape, and no option but `decode` may matter.
 * @internal
 */
export function shortJson(body: unknown, numbers: Numbers): string | undefined {
  if (typeof body !== "string" || body.length > LONGEST || numbers[0] >> BIT.duplicates) return undefined;
  if (numbers[1] < ENOUGH || numbers[2] < ENOUGH || numbers[3] < ENOUGH) return undefined;
  const decode = numbers[0] & (1 << BIT.decode);
  const json = [123, 34];
  // The place of the key, or ENOUGH in a value.
  let key = 0;
  for (let at = 0; at < body.length; at++) {
    let unit = body.charCodeAt(at);
    if (unit === 61) {
      if (at <= key) return undefined;
      json.push(34, 58, 34);
      key = ENOUGH;
    } else if (unit === 38) {
      if (key < ENOUGH) return undefined;
      json.push(34, 44, 34);
      key = at + 1;
    } else {
      if (decode && unit === 43) unit = 32;
      if (decode && unit === 37) {
        // Anything but two digits of a plain character becomes a number that is refused.
        unit = Number(`0x${body[++at]}${body[++at]}`) | 0;
      }
      if (unit < 32 || unit > 127 || unit === 34 || unit === 92) return undefined;
      json.push(unit);
    }
  }
  if (key < ENOUGH) return undefined;
  json.push(34, 125);
  return String.fromCharCode.apply(null, json);
}
