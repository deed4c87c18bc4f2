// The worker's settings, read from its environment and checked, so that what is wrong in them is
// said before a form is taken.
import { AwsClient } from "aws4fetch";
import type { FormOptions } from "formevent";

/** The worker's bindings: settings, secrets, and what else `wrangler.jsonc` gives it. */
export interface Env {
  readonly [name: string]: unknown;
  /** The page that GET shows. */
  readonly ASSETS?: Fetcher;
  /** With it, the worker answers once the queue has the event. */
  readonly QUEUE?: Queue;
}

export interface Config {
  /** Where the events go; without it the worker answers with the event. */
  readonly lambda?: Lambda;
  readonly options: FormOptions;
  readonly stage: string;
  readonly extraMembers: readonly (readonly [string, string])[];
  /** Names in lower case. */
  readonly omitHeaders: ReadonlySet<string>;
  readonly dropped: "ignore" | "refuse" | "pass";
  /** Origins, or `*` for all; if there are none, none is looked at. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly redirectTo?: string;
}

/** The function, and how long it may take to have it invoked. */
export interface Lambda {
  readonly client: AwsClient;
  /** Of the function's Invoke API. */
  readonly url: string;
  /** In ms, for all attempts. */
  readonly timeBudget: number;
  /** In ms, for one attempt. */
  readonly attemptTimeout: number;
}

/** A setting that cannot be. The message has its name, and of secrets nothing else. */
export class ConfigError extends Error {}

// Lambda takes 1 MB for an asynchronous invocation:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const LAMBDA_PAYLOAD = 1_000_000;
// A queue's message has 128 KB, of which some 100 bytes are the queue's own:
// https://developers.cloudflare.com/queues/platform/limits/
const QUEUE_MESSAGE = 127_000;

// The event's own members, and those that the worker adds.
const TAKEN = ["headers", "querystring", "stage", "sourceIp", "userAgent", "requestId", "dropped"];

export function readConfig(env: Env): Config {
  const settings = new Settings(env);
  const event = env.QUEUE ? QUEUE_MESSAGE : LAMBDA_PAYLOAD;
  return {
    lambda: settings.text("LAMBDA_FUNCTION") ? readLambda(settings) : undefined,
    options: {
      rules: settings.choice("RULES", ["template", "whatwg"]),
      decode: settings.choice("DECODE", ["false", "true"]) === "true",
      duplicates: settings.choice("DUPLICATES", ["keep", "first", "last", "group"]),
      utf8: settings.choice("UTF8", ["replace", "strict"]),
      maxBytes: settings.whole("MAX_BODY_BYTES", 1_000_000),
      maxPairs: settings.whole("MAX_PAIRS", 1_000),
      maxOutput: Math.min(settings.whole("MAX_EVENT_BYTES", event), event),
    },
    stage: settings.text("STAGE"),
    extraMembers: settings.members("EXTRA_MEMBERS"),
    omitHeaders: new Set(
      settings.list("OMIT_HEADERS", "authorization, cookie, proxy-authorization").map((name) => name.toLowerCase()),
    ),
    dropped: settings.choice("DROPPED", ["ignore", "refuse", "pass"]),
    allowedOrigins: new Set(settings.list("ALLOWED_ORIGINS")),
    redirectTo: settings.url("REDIRECT_TO", "https://localhost/"),
  };
}

function readLambda(settings: Settings): Lambda {
  const region = settings.required("AWS_REGION");
  const endpoint = settings.url("AWS_ENDPOINT_URL_LAMBDA") ?? `https://lambda.${region}.amazonaws.com`;
  const name = encodeURIComponent(settings.text("LAMBDA_FUNCTION"));
  return {
    client: new AwsClient({
      accessKeyId: settings.required("AWS_ACCESS_KEY_ID"),
      secretAccessKey: settings.required("AWS_SECRET_ACCESS_KEY"),
      sessionToken: settings.text("AWS_SESSION_TOKEN") || undefined,
      service: "lambda",
      region,
    }),
    // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    url: new URL(`/2015-03-31/functions/${name}/invocations`, endpoint).href,
    timeBudget: settings.whole("TIME_BUDGET_MS", 10_000),
    attemptTimeout: settings.whole("ATTEMPT_TIMEOUT_MS", 3_000),
  };
}

// Settings stand as text, or as JSON, which `wrangler.jsonc` may have as it is.
class Settings {
  constructor(private readonly env: Env) {}

  text(name: string, byDefault = ""): string {
    const value = this.env[name] ?? byDefault;
    return (typeof value === "string" ? value : JSON.stringify(value)).trim();
  }

  required(name: string): string {
    const text = this.text(name);
    if (!text) throw new ConfigError(`${name} is missing: with LAMBDA_FUNCTION it has to be there`);
    return text;
  }

  /** The first is the default. */
  choice<const T extends readonly string[]>(name: string, allowed: T): T[number] {
    const text = this.text(name) || allowed[0];
    const found = allowed.find((choice) => choice === text);
    return found ?? this.wrong(name, `one of ${allowed.join(", ")}`);
  }

  whole(name: string, byDefault: number): number {
    const text = this.text(name) || String(byDefault);
    return /^\d{1,15}$/.test(text) ? Number(text) : this.wrong(name, "a whole number from 0");
  }

  /** With a base it may be relative; it stays as it is. */
  url(name: string, base?: string): string | undefined {
    const text = this.text(name);
    if (text && !URL.canParse(text, base)) this.wrong(name, base ? "a URL" : "an absolute URL");
    return text || undefined;
  }

  /** Words with commas between them, or an array. */
  list(name: string, byDefault?: string): string[] {
    const text = this.text(name, byDefault);
    const items: unknown = text.startsWith("[") ? this.json(name) : text.split(",");
    if (!Array.isArray(items) || items.some((item) => typeof item !== "string")) this.wrong(name, "a list of strings");
    return (items as string[]).map((item) => item.trim()).filter(Boolean);
  }

  /** An object of strings whose names are free. */
  members(name: string): [string, string][] {
    const members = Object.entries(this.json(name) ?? {});
    for (const [member, value] of members) {
      if (typeof value !== "string") this.wrong(name, "an object of strings");
      if (TAKEN.includes(member)) this.wrong(name, `without ${member}, which the event already has`);
    }
    return members as [string, string][];
  }

  private json(name: string): object | undefined {
    const text = this.text(name);
    if (!text) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value) return value;
    } catch {
      // Said below.
    }
    return this.wrong(name, "a JSON object or array");
  }

  private wrong(name: string, allowed: string): never {
    throw new ConfigError(`${name} has to be ${allowed}, not ${JSON.stringify(this.text(name))}`);
  }
}
