// FORM_TIME_SECRET: refuses a form that comes too soon after its page, as programs post them. The page has the time at which
// it was served in a hidden field, with an HMAC, so that nobody can make up an earlier one.
import { Refusal } from "./answers.js";
import type { Guard, Values } from "./guard.js";

interface FormTime {
  readonly secret: string;
  /** In seconds. */
  readonly least: number;
  readonly most: number;
}

/** The hidden field. */
const FIELD = "formevent-time";

export const formTime: Guard = (settings) => {
  const secret = settings.text("FORM_TIME_SECRET");
  const least = settings.whole("FORM_TIME_MIN_SECONDS", 3);
  const most = settings.whole("FORM_TIME_MAX_SECONDS", 86_400, { least });
  if (!secret) return undefined;
  const time: FormTime = { secret, least, most };
  return { page: (page) => withTime(page, time), fields: (values) => check(values, time) };
};

const now = (): number => Math.floor(Date.now() / 1000);
const encoder = new TextEncoder();
const keyOf = ({ secret }: FormTime): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);

async function tokenOf(time: FormTime): Promise<string> {
  const seconds = String(now());
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", await keyOf(time), encoder.encode(seconds)));
  return `${seconds}.${Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Writes the time into the hidden fields of a page. */
async function withTime(page: Response, time: FormTime): Promise<Response> {
  if (!/^text\/html\b/i.test(page.headers.get("content-type") ?? "")) return page;
  const token = await tokenOf(time);
  const rewritten = new HTMLRewriter()
    .on(`input[name="${FIELD}"]`, { element: (input) => void input.setAttribute("value", token) })
    .transform(page);
  // Each visitor has a time of his own.
  rewritten.headers.set("cache-control", "no-store");
  rewritten.headers.delete("etag");
  return rewritten;
}

async function check(values: Values, time: FormTime): Promise<void> {
  const refusal = (message: string): Refusal => new Refusal(400, "form-time", message);
  const [, seconds = "", hex = ""] = /^(\d{1,12})\.([\da-f]{64})$/.exec(values.get(FIELD)?.at(-1) ?? "") ?? [];
  const mac = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  if (!(await crypto.subtle.verify("HMAC", await keyOf(time), mac, encoder.encode(seconds)))) {
    throw refusal(`the field ${FIELD} must have the value that it has in the page`);
  }
  const age = now() - Number(seconds);
  if (age < time.least) throw refusal(`the form was posted less than ${time.least} s after its page was served; please post it again`);
  if (age > time.most) throw refusal(`the form's page was served more than ${time.most} s ago; please load it again`);
}
