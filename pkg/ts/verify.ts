// The signatures of webhooks. WebCrypto computes them, so this has no use for the module.
import { type FormBody, type FormBytes, FormError, type FormHeaders } from "./index.js";
import { checkMembers, isPlain, limit, milliseconds, oneOf, show, string, wrong } from "./options.js";
import { bytesOf, encoder } from "./segments.js";

/** The senders whose schemes have a name. */
export const SENDERS = ["github", "mailgun", "slack", "stripe", "twilio"] as const;

const ALGORITHMS = ["SHA-256", "SHA-1", "SHA-512"] as const;
const ENCODINGS = ["hex", "base64"] as const;

/** An HMAC in a header: of the body or, with a {@link timestamp}, of the timestamp, a dot and the body. */
export interface SignatureScheme {
  /** The header's name. */
  readonly header: string;
  /** The hash function of the HMAC. Default: `"SHA-256"`. */
  readonly algorithm?: (typeof ALGORITHMS)[number] | undefined;
  /** The encoding of the signature. Default: `"hex"`. */
  readonly encoding?: (typeof ENCODINGS)[number] | undefined;
  /** The text before the signature, such as `"sha256="`. Default: none. */
  readonly prefix?: string | undefined;
  /**
   * The text before the timestamp, such as `"t="`. The header is then a list like `t=1492774577,v1=5257a869…`, of one
   * timestamp, up to eight signatures, and items with other prefixes, which are ignored. Default: there is no timestamp.
   */
  readonly timestamp?: string | undefined;
}

/** The parts of a `Request` beside its body that senders sign. */
export interface SignedRequest {
  readonly headers: Pick<FormHeaders, "get">;
  /** Only Twilio signs it. */
  readonly url?: string | undefined;
}

/** How to check a signature. */
export interface SignatureOptions {
  /**
   * How many seconds the timestamp may be before or after `now`. For `"mailgun"`, `"slack"`, `"stripe"` and schemes with
   * a {@link SignatureScheme.timestamp}; the others sign no timestamp. Default: 300.
   */
  window?: number | undefined;
  /** The time, as a `Date` or in ms since 1970. Default: now. */
  now?: number | Date | undefined;
  /** For `"twilio"`: the URL that it called, if the request has another, as behind a proxy. Default: `request.url`. */
  url?: string | undefined;
}

type Algorithm = (typeof ALGORITHMS)[number];
/** The bytes of a hash. */
const SIZES: Record<Algorithm, number> = { "SHA-1": 20, "SHA-256": 32, "SHA-512": 64 };
/** Each costs an HMAC of the whole body. Stripe sends two while you change the secret. */
const MOST_SIGNATURES = 8;

/** A text of the request, and its place for messages. */
type Sent = readonly [place: string, text: unknown];

interface Received {
  readonly header: (name: string) => Sent;
  readonly body: FormBytes;
  readonly url: string | undefined;
}

/** The claim of a request: one of `signatures` is a signature of one of `messages`. */
interface Claim {
  readonly place: string;
  readonly algorithm: Algorithm;
  readonly signatures: readonly FormBytes[];
  readonly messages: readonly FormBytes[];
  /** The timestamp that is signed: decimal digits. */
  readonly time?: readonly [place: string, text: string];
}

interface Scheme {
  /** The option that applies to this scheme only. */
  readonly option?: "window" | "url" | undefined;
  readonly claim: (received: Received) => Claim | Promise<Claim>;
}

const SCHEMES: Readonly<Record<(typeof SENDERS)[number], Scheme>> = {
  github: inHeader({ header: "X-Hub-Signature-256", prefix: "sha256=" }),
  mailgun: { option: "window", claim: mailgun },
  slack: { option: "window", claim: slack },
  stripe: inHeader({ header: "Stripe-Signature", prefix: "v1=", timestamp: "t=" }),
  twilio: { option: "url", claim: twilio },
};

/**
 * Checks that someone who has the secret signed a request. Call it before you parse the body, with the bytes as they came.
 *
 * `crypto.subtle.verify` compares the signatures, in constant time. A signed timestamp takes a copy of the body; its
 * parameters, for Twilio and Mailgun, take up to ten times its memory.
 *
 * @param scheme the sender, or how it signs
 * @param secrets the secret, or several: the request may be signed with any, as while you change the secret
 * @returns a promise, which is fulfilled if the signature is right, and otherwise rejected
 * @throws {FormError} with the code `signature` if the signature or its timestamp is missing, malformed or wrong;
 *   `timestamp` if the signature is right, but its timestamp is outside of the window
 * @throws {TypeError} if an argument has the wrong type, the scheme is unknown, a secret is empty, or an option does not
 *   apply to the scheme
 * @example
 * const body = await readBody(request, 1_000_000);
 * await verifySignature(request, body, "slack", env.SLACK_SIGNING_SECRET);
 */
export async function verifySignature(
  request: SignedRequest,
  body: FormBody,
  scheme: (typeof SENDERS)[number] | SignatureScheme,
  secrets: string | readonly string[],
  options: SignatureOptions = {},
): Promise<void> {
  if (typeof request?.headers?.get !== "function") throw wrong("the request", "a Request", request);
  const { option, claim } = schemeOf(scheme);
  const keys = [secrets].flat();
  // The message must not show anything that may be a secret.
  if (!keys.length || !keys.every((key) => key && typeof key === "string")) {
    throw new TypeError("the secrets must be a string that is not empty, or an array of such strings");
  }
  const { window, now = Date.now(), url } = checkMembers("options", options, ["window", "now", "url"]);
  const most = limit("window", window ?? 300);
  const seconds = Math.floor(milliseconds("now", now) / 1000);
  if (window !== undefined && option !== "window") throw new TypeError("window must be left out: the scheme signs no timestamp");
  if (url !== undefined && option !== "url") throw new TypeError("url must be left out: the scheme signs no URL");

  const header = (name: string): Sent => [`the header ${name}`, request.headers.get(name.toLowerCase())];
  const claimed = await claim({ header, body: bytesOf(body), url: url ?? request.url });
  if (!(await isSigned(claimed, keys))) {
    throw refused(`${claimed.place} must hold the signature of this request with ${keys.length > 1 ? "one of the secrets" : "the secret"}`);
  }
  if (!claimed.time) return;
  const [place, text] = claimed.time;
  const age = seconds - Number(text);
  const distance = Math.abs(age);
  if (distance > most) {
    const message = `${place} must be within ${most} s of this clock, but is ${distance} s ${age > 0 ? "behind" : "ahead"}`;
    throw FormError.of("timestamp", message);
  }
}

async function isSigned({ algorithm, signatures, messages }: Claim, secrets: readonly string[]): Promise<boolean> {
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: algorithm }, false, ["verify"]);
    for (const message of messages) {
      for (const signature of signatures) if (await crypto.subtle.verify("HMAC", key, signature, message)) return true;
    }
  }
  return false;
}

// ---- The schemes

function schemeOf(scheme: unknown): Scheme {
  if (isPlain(scheme)) return inHeader(scheme as SignatureScheme);
  const name = SENDERS.find((name) => name === scheme);
  if (name) return SCHEMES[name];
  throw wrong("the scheme", `one of ${SENDERS.map(show).join(", ")} or a plain object`, scheme);
}

function inHeader(scheme: SignatureScheme): Scheme {
  const names = ["header", "algorithm", "encoding", "prefix", "timestamp"];
  const { header, algorithm, encoding, prefix = "", timestamp } = checkMembers("the scheme", scheme, names);
  string("header", header);
  const form: Form = {
    algorithm: ALGORITHMS[oneOf("algorithm", algorithm, ALGORITHMS)] as Algorithm,
    encoding: ENCODINGS[oneOf("encoding", encoding, ENCODINGS)] as Form["encoding"],
    prefix: string("prefix", prefix),
  };
  if (timestamp === undefined) {
    return { claim: ({ header: sent, body }) => claimOf(sent(header), form, [body]) };
  }
  string("timestamp", timestamp);
  const claim = ({ header: sent, body }: Received): Claim => {
    const [place, text] = sent(header);
    const items = typeof text === "string" ? text.split(/, */) : [];
    const times = items.filter((item) => item.startsWith(timestamp));
    const texts = items.filter((item) => item.startsWith(prefix) && !item.startsWith(timestamp));
    if (times.length !== 1 || !texts.length || texts.length > MOST_SIGNATURES) {
      const each = `1 to ${MOST_SIGNATURES} signatures after ${show(prefix)}`;
      throw malformed(place, text, `a list with one timestamp after ${show(timestamp)} and ${each}`);
    }
    const time = digits(`the timestamp in ${place}`, times[0]?.slice(timestamp.length));
    const signatures = texts.map((item) => signatureOf([`each signature in ${place}`, item], form));
    return { place, algorithm: form.algorithm, signatures, messages: [after(`${time[1]}.`, body)], time };
  };
  return { option: "window", claim };
}

// https://docs.slack.dev/authentication/verifying-requests-from-slack
function slack({ header, body }: Received): Claim {
  const time = digits(...header("X-Slack-Request-Timestamp"));
  const messages = [after(`v0:${time[1]}:`, body)];
  return { ...claimOf(header("X-Slack-Signature"), { ...HEX_SHA_256, prefix: "v0=" }, messages), time };
}

// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
function mailgun({ header, body }: Received): Claim {
  const text = decoder.decode(body);
  let fields: Record<string, unknown> | null | undefined;
  if (/^application\/json\b/i.test(String(header("Content-Type")[1]))) {
    try {
      fields = JSON.parse(text).signature;
    } catch {
      // It has no fields then.
    }
  } else fields = Object.fromEntries(parameters(text));
  const { timestamp, token, signature } = fields ?? {};
  const time = digits('the field "timestamp"', typeof timestamp === "number" ? String(timestamp) : timestamp);
  if (typeof token !== "string") throw malformed('the field "token"', token, "text");
  return { ...claimOf(['the field "signature"', signature], HEX_SHA_256, [encoder.encode(time[1] + token)]), time };
}

// https://www.twilio.com/docs/usage/webhooks/webhooks-security
async function twilio({ header, body, url }: Received): Promise<Claim> {
  const [, start, port, end] = /^(https?:\/\/[^/?#]+?)(:\d+)?([/?#].*)?$/is.exec(string("url", url)) ?? [];
  if (!start) throw wrong("url", "an absolute URL of http or https", url);
  let signed = end ?? "";
  const hash = new URL(url as string).searchParams.get("bodySHA256");
  if (hash === null) signed += sorted(parameters(decoder.decode(body)));
  else if (hash !== hex(await crypto.subtle.digest("SHA-256", body))) {
    throw refused("the parameter bodySHA256 of the URL must be the SHA-256 of the body");
  }
  const settings = String(header("X-Twilio-Webhooks-Signature-Settings")[1]);
  const algorithm = /\balgorithm=HMAC_SHA256\b/.test(settings) ? "SHA-256" : "SHA-1";
  // Twilio signs some requests with the port and some without.
  const ports = ["", port ?? (/^https/i.test(start) ? ":443" : ":80")];
  const messages = ports.map((port) => encoder.encode(start + port + signed));
  return claimOf(header("X-Twilio-Signature"), { algorithm, encoding: "base64", prefix: "" }, messages);
}

// The `&` keeps a `?` at the beginning, which URLSearchParams would remove.
const parameters = (text: string): URLSearchParams => new URLSearchParams(`&${text}`);

/** Writes the parameters as Twilio's library does: sorted by name and value, each pair once. */
function sorted(pairs: URLSearchParams): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of pairs) values.set(name, (values.get(name) ?? new Set()).add(value));
  const names = [...values.keys()].sort();
  return names.flatMap((name) => [...(values.get(name) ?? [])].sort().map((value) => name + value)).join("");
}

// ---- The texts that a request has

interface Form {
  readonly algorithm: Algorithm;
  readonly encoding: (typeof ENCODINGS)[number];
  readonly prefix: string;
}

const HEX_SHA_256: Form = { algorithm: "SHA-256", encoding: "hex", prefix: "" };

const claimOf = (sent: Sent, form: Form, messages: Claim["messages"]): Claim => ({
  place: sent[0],
  algorithm: form.algorithm,
  signatures: [signatureOf(sent, form)],
  messages,
});

function signatureOf([place, text]: Sent, { algorithm, encoding, prefix }: Form): FormBytes {
  const size = SIZES[algorithm];
  const bytes = typeof text === "string" && text.startsWith(prefix) ? DECODE[encoding](text.slice(prefix.length)) : undefined;
  if (bytes?.length === size) return bytes;
  const form = encoding === "hex" ? `${2 * size} hexadecimal digits` : `${size} bytes in base64`;
  throw malformed(place, text, prefix ? `${show(prefix)} and ${form}` : form);
}

function digits(place: string, text: unknown): readonly [string, string] {
  if (typeof text === "string" && /^\d+$/.test(text)) return [place, text];
  throw malformed(place, text, "the seconds since 1970 in decimal digits");
}

const DECODE: Record<Form["encoding"], (text: string) => FormBytes | undefined> = {
  // In either case, but not in both: no sender mixes them.
  hex: (text) =>
    /^(?:[\da-f]{2})*$|^(?:[\dA-F]{2})*$/.test(text)
      ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
      : undefined,
  base64(text) {
    try {
      const binary = atob(text);
      // `atob` accepts other texts for the same bytes.
      if (btoa(binary) === text) return Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
    } catch {
      // It is not base64.
    }
    return undefined;
  },
};

const hex = (bytes: ArrayBuffer): string => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function after(start: string, body: FormBytes): FormBytes {
  const first = encoder.encode(start);
  const all = new Uint8Array(first.length + body.length);
  all.set(first);
  all.set(body, first.length);
  return all;
}

const refused = (message: string): FormError => FormError.of("signature", message);

const malformed = (place: string, text: unknown, form: string): FormError =>
  refused(`${place} must be ${form}${text === undefined || text === null ? ", but is missing" : ""}`);
