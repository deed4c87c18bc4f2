// Reads the settings and checks them all, so that a mistake shows before a form is accepted.
import { DUPLICATES, type FormOptions, RULES, UTF8 } from "formevent";
import { SHAPES } from "formevent/shapes";

import { guards } from "./features.js";
import type { Checks } from "./guard.js";
import { lambda } from "./services.js";
import { ConfigError, type Form, isHttp, Settings } from "./settings.js";
import { readShape, type Shape } from "./shape.js";
import { readTarget, type Target } from "./target.js";

/** The worker's bindings: settings, secrets, and the resources named in `wrangler.jsonc`. */
export interface Env {
  readonly [name: string]: unknown;
  /** Serves the page for GET. */
  readonly ASSETS?: Fetcher;
  /** If it is set, events go to this queue first. */
  readonly QUEUE?: Queue;
  /** If it is set, limits the posts of each address. */
  readonly RATE_LIMITER?: RateLimit;
}

export interface Config {
  /** Without one, the worker answers with the event. */
  readonly target?: Target;
  readonly options: FormOptions & { readonly maxPairs: number };
  /** Without one, the event has the template's members, `requestId` and the extra members. */
  readonly shape?: Shape;
  readonly stage: string;
  readonly extraMembers: readonly (readonly [string, string])[];
  /** In lower case. */
  readonly omitHeaders: ReadonlySet<string>;
  readonly dropped: "ignore" | "refuse" | "pass";
  readonly files: "refuse" | "drop";
  /** The fields that must have text. */
  readonly required: readonly string[];
  /** The field that only programs fill. If it is empty, there is none. */
  readonly honeypot: string;
  /** Those of the guards that are on. */
  readonly checks: readonly Checks[];
  /** Origins, or `*` for all. If it is empty, origins are not checked. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly redirectTo: string;
}

// A queue accepts messages of 128 KB, and adds some 100 bytes of its own:
// https://developers.cloudflare.com/queues/platform/limits/
const QUEUE_MESSAGE = 127_000;

// The members of the event without SHAPE, including those that the worker adds.
const TAKEN = ["headers", "querystring", "stage", "sourceIp", "userAgent", "requestId", "dropped"];

// Headers that hold credentials.
const CREDENTIALS = "authorization, cf-access-client-secret, cf-access-jwt-assertion, cookie, proxy-authorization, x-api-key";

export function readConfig(env: Env): Config {
  const settings = new Settings(env, ["ASSETS", "QUEUE", "RATE_LIMITER"]);
  const target = readTarget(settings);
  const { size, isObject } = target?.service ?? lambda;
  const event = (bytes: number): number => (env.QUEUE ? Math.min(bytes, QUEUE_MESSAGE) : bytes);
  const document = settings.document("SHAPE", SHAPES);
  if (isObject && Array.isArray(document)) throw new ConfigError("SHAPE must be an object, since the TARGET takes only objects");
  const extraMembers = settings.members("EXTRA_MEMBERS", document ? [] : TAKEN);
  const dropped = settings.choice("DROPPED", ["ignore", "refuse", "pass"]);
  const shape = document && readShape(document, extraMembers, dropped === "pass");
  const decode = settings.oneOf("DECODE", ["false", "true"]);
  const config: Config = {
    target,
    options: {
      rules: settings.oneOf("RULES", RULES) ?? shape?.options.rules,
      decode: decode === undefined ? shape?.options.decode : decode === "true",
      duplicates: settings.choice("DUPLICATES", DUPLICATES),
      utf8: settings.choice("UTF8", UTF8),
      maxBytes: settings.whole("MAX_BODY_BYTES", 1_000_000),
      maxPairs: settings.whole("MAX_PAIRS", 1_000),
      maxOutput: settings.whole("MAX_EVENT_BYTES", event(size.byDefault), { most: event(size.most) }),
    },
    shape,
    stage: settings.text("STAGE"),
    extraMembers,
    omitHeaders: new Set(settings.list("OMIT_HEADERS", CREDENTIALS, "a list of header names", headerName)),
    dropped,
    files: settings.choice("FILES", ["refuse", "drop"]),
    required: settings.list("REQUIRED", "", "a list of field names", (name) => name),
    honeypot: settings.text("HONEYPOT"),
    checks: guards.flatMap((guard) => guard(settings) ?? []),
    allowedOrigins: new Set(settings.list("ALLOWED_ORIGINS", "", ORIGINS, origin)),
    // The Location header can only hold ASCII.
    redirectTo: settings.text("REDIRECT_TO", REDIRECT).replace(/[^!-~]+/g, encodeURIComponent),
  };
  settings.checkNames();
  return config;
}

/** The header by which a request brings settings of its own, as a JSON object. */
export const SETTINGS_HEADER = "x-formevent-settings";

const OWN_SETTINGS = ["SHAPE", "RULES", "DECODE", "DUPLICATES", "UTF8"];

/** Returns the config with the settings in `json` in the place of the worker's own. */
export function withSettings(env: Env, json: string): Config {
  const given = new Map(new Settings({ [SETTINGS_HEADER]: json }, []).members(SETTINGS_HEADER, []));
  for (const name of given.keys()) {
    if (!OWN_SETTINGS.includes(name)) throw new ConfigError(`${name} must be one of ${OWN_SETTINGS.join(", ")}`);
  }
  const config = readConfig({ ...env, ...Object.fromEntries(OWN_SETTINGS.map((name) => [name, given.get(name) ?? ""])) });
  return { ...config, omitHeaders: new Set([...config.omitHeaders, SETTINGS_HEADER]) };
}

const REDIRECT: Form = {
  test(text) {
    const url = URL.parse(text, "https://localhost/");
    return url !== null && isHttp(url) && !/\p{Cc}/u.test(text);
  },
  allowed: "an http or https URL, absolute or relative, on one line",
};

const headerName = (text: string): string | undefined => (/^[\w!#$%&'*+.^`|~-]+$/.test(text) ? text.toLowerCase() : undefined);

const ORIGINS = "* or origins such as https://www.example.com, with a scheme and without a path";

// Returns an origin as browsers send it: https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
function origin(text: string): string | undefined {
  // Browsers send "null" for files and sandboxed frames.
  if (text === "*" || text === "null") return text;
  const url = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\*]+\/?$/i.test(text) ? URL.parse(text) : null;
  // URL has no origin for the schemes of apps.
  return url?.origin === "null" ? `${url.protocol}//${url.host}` : url?.origin;
}
