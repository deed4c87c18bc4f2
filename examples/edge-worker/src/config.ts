// Reads the settings and checks them all, so that a mistake shows before a form is accepted.
import { AwsClient } from "aws4fetch";
import { DUPLICATES, type FormOptions, RULES, UTF8 } from "formevent";
import { SHAPES } from "formevent/shapes";

import { guards } from "./features.js";
import type { Checks } from "./guard.js";
import { ConfigError, type Form, Settings } from "./settings.js";
import { readShape, type Shape } from "./shape.js";

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
  /** The function to invoke. Without one, the worker answers with the event. */
  readonly lambda?: Lambda;
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

/** The function, and the time to invoke it in. */
export interface Lambda {
  readonly client: AwsClient;
  /** The address of the function's Invoke API. */
  readonly url: string;
  /** For all attempts together, in ms. */
  readonly timeBudget: number;
  /** For one attempt, in ms. */
  readonly attemptTimeout: number;
}

// Lambda accepts 1 MB in an asynchronous invocation:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const LAMBDA_PAYLOAD = 1_000_000;
// A queue accepts messages of 128 KB, and adds some 100 bytes of its own:
// https://developers.cloudflare.com/queues/platform/limits/
const QUEUE_MESSAGE = 127_000;

// The members of the event without SHAPE, including those that the worker adds.
const TAKEN = ["headers", "querystring", "stage", "sourceIp", "userAgent", "requestId", "dropped"];

// Headers that hold credentials.
const CREDENTIALS = "authorization, cf-access-client-secret, cf-access-jwt-assertion, cookie, proxy-authorization, x-api-key";

// In ms. A queue's consumer is terminated after 15 minutes: https://developers.cloudflare.com/queues/platform/limits/
const TIME = { least: 1, most: 900_000 };

export function readConfig(env: Env): Config {
  const settings = new Settings(env, ["ASSETS", "QUEUE", "RATE_LIMITER"]);
  const event = env.QUEUE ? QUEUE_MESSAGE : LAMBDA_PAYLOAD;
  const document = settings.document("SHAPE", SHAPES);
  const extraMembers = settings.members("EXTRA_MEMBERS", document ? [] : TAKEN);
  const dropped = settings.choice("DROPPED", ["ignore", "refuse", "pass"]);
  const shape = document && readShape(document, extraMembers, dropped === "pass");
  const decode = settings.oneOf("DECODE", ["false", "true"]);
  const config: Config = {
    lambda: readLambda(settings),
    options: {
      rules: settings.oneOf("RULES", RULES) ?? shape?.rules,
      decode: decode === undefined ? undefined : decode === "true",
      duplicates: settings.choice("DUPLICATES", DUPLICATES),
      utf8: settings.choice("UTF8", UTF8),
      maxBytes: settings.whole("MAX_BODY_BYTES", 1_000_000),
      maxPairs: settings.whole("MAX_PAIRS", 1_000),
      maxOutput: settings.whole("MAX_EVENT_BYTES", event, { most: event }),
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

function readLambda(settings: Settings): Lambda | undefined {
  const name = settings.text("LAMBDA_FUNCTION", FUNCTION);
  if (!name) return undefined;
  const region = settings.required("AWS_REGION", REGION);
  const endpoint = new URL(settings.text("AWS_ENDPOINT_URL_LAMBDA", ENDPOINT) || `https://lambda.${region}.amazonaws.com`);
  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
  return {
    client: new AwsClient({
      accessKeyId: settings.required("AWS_ACCESS_KEY_ID", KEY),
      secretAccessKey: settings.required("AWS_SECRET_ACCESS_KEY", KEY),
      sessionToken: settings.text("AWS_SESSION_TOKEN", KEY) || undefined,
      service: "lambda",
      region,
    }),
    url: endpoint.origin + endpoint.pathname.replace(/\/*$/, path),
    timeBudget: settings.whole("TIME_BUDGET_MS", 10_000, TIME),
    attemptTimeout: settings.whole("ATTEMPT_TIMEOUT_MS", 3_000, TIME),
  };
}

const FUNCTION: Form = { test: (text) => /^[\w.:$-]+$/.test(text), allowed: "a function's name or ARN" };
const REGION: Form = { test: (text) => /^[a-z\d-]+$/.test(text), allowed: "a region such as eu-central-1" };
const KEY: Form = { test: (text) => /^[\w+/=.-]+$/.test(text), allowed: "made of letters, digits and + / = . _ - only", secret: true };

const ENDPOINT: Form = {
  test(text) {
    const url = URL.parse(text);
    return url !== null && isHttp(url) && !(url.username || url.password || url.search || url.hash);
  },
  allowed: "an absolute http or https URL without user, query and fragment",
  secret: true,
};

const REDIRECT: Form = {
  test(text) {
    const url = URL.parse(text, "https://localhost/");
    return url !== null && isHttp(url) && !/\p{Cc}/u.test(text);
  },
  allowed: "an http or https URL, absolute or relative, on one line",
};

const isHttp = ({ protocol }: URL): boolean => protocol === "https:" || protocol === "http:";

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
