// Reads the settings that name the target of the events.
import { AwsClient } from "aws4fetch";

import { services } from "./features.js";
import type { Service, ServiceName } from "./services.js";
import { ConfigError, type Form, isHttp, type Settings } from "./settings.js";

/** The receiver of the events, and the time to reach it in. */
export interface Target {
  readonly service: Service;
  readonly client: AwsClient;
  /** The address that calls go to. */
  readonly url: string;
  /** A function's name or ARN, a queue's URL, or an ARN. */
  readonly resource: string;
  readonly isFifo: boolean;
  /** If it is empty, each event of a FIFO queue or topic is its own group. */
  readonly groupId: string;
  readonly source: string;
  readonly detailType: string;
  /** For all attempts together, in ms. */
  readonly timeBudget: number;
  /** For one attempt, in ms. */
  readonly attemptTimeout: number;
}

// In ms. A queue's consumer is terminated after 15 minutes: https://developers.cloudflare.com/queues/platform/limits/
const TIME = { least: 1, most: 900_000 };

export function readTarget(settings: Settings): Target | undefined {
  const target = settings.text("TARGET", TARGET);
  const name = settings.text("LAMBDA_FUNCTION", FUNCTION);
  const more = {
    groupId: settings.text("MESSAGE_GROUP_ID", GROUP),
    source: settings.text("EVENT_SOURCE", SOURCE) || "formevent",
    detailType: settings.text("EVENT_DETAIL_TYPE", DETAIL_TYPE) || "form",
    timeBudget: settings.whole("TIME_BUDGET_MS", 10_000, TIME),
    attemptTimeout: settings.whole("ATTEMPT_TIMEOUT_MS", 3_000, TIME),
  };
  if (target && name) throw new ConfigError("TARGET and LAMBDA_FUNCTION are both set: set one of them");
  const place = target ? placeOf(target) : name && placeOfFunction(name);
  const service = place && services[place.service];
  if (!place || !service) return undefined;
  const by = target ? "TARGET" : "LAMBDA_FUNCTION";
  const region = place.region || settings.required("AWS_REGION", by, REGION);
  const endpoint = new URL(readEndpoint(settings, service) || place.origin || originOf(place.service, region));
  const base = endpoint.origin + endpoint.pathname.replace(/\/*$/, "");
  return {
    ...more,
    service,
    client: new AwsClient({
      accessKeyId: settings.required("AWS_ACCESS_KEY_ID", by, KEY),
      secretAccessKey: settings.required("AWS_SECRET_ACCESS_KEY", by, KEY),
      sessionToken: settings.text("AWS_SESSION_TOKEN", KEY) || undefined,
      service: place.service,
      region,
    }),
    url: base + (service.path?.(place.resource) ?? "/"),
    resource: place.queue ? base + place.queue : place.resource,
    isFifo: place.resource.endsWith(".fifo"),
  };
}

interface Place {
  readonly service: ServiceName;
  readonly region?: string;
  readonly resource: string;
  /** The origin of the queue's URL. */
  readonly origin?: string;
  /** The path of the queue's URL, if an ARN names the queue. */
  readonly queue?: string;
}

function placeOf(target: string): Place | undefined {
  const [, service, region, account, resource] = /^arn:aws[\w-]*:(\w+):([a-z\d-]*):(\d+):(.+)$/.exec(target) ?? [];
  if (service && resource) {
    if (!isService(service) || !services[service]?.resource.test(resource)) return undefined;
    return { service, region, resource: target, queue: service === "sqs" ? `/${account}/${resource}` : undefined };
  }
  const url = URL.parse(target);
  if (!services.sqs || !url || !isAddress(url) || !/^(?:\/[\w-]+)+(?:\.fifo)?$/.test(url.pathname)) return undefined;
  // As in sqs.eu-central-1.amazonaws.com, sqs-fips.us-east-1.amazonaws.com and vpce-1.sqs.us-east-1.vpce.amazonaws.com.
  const [, ofHost] = /(?:^|\.)sqs(?:-fips)?\.([a-z\d-]+)\./.exec(url.hostname) ?? [];
  return { service: "sqs", region: ofHost, resource: target, origin: url.origin };
}

const placeOfFunction = (name: string): Place => ({
  service: "lambda",
  region: /^arn:[^:]*:lambda:([^:]+):/.exec(name)?.[1],
  resource: name,
});

const isService = (name: string): name is ServiceName => Object.hasOwn(services, name);

/** Reads the endpoints of all services, so that none is taken for another that is misspelt. */
function readEndpoint(settings: Settings, service: Service): string {
  const general = settings.text("AWS_ENDPOINT_URL", ENDPOINT);
  const own = Object.values(services).map((each) => [each, settings.text(`AWS_ENDPOINT_URL_${each.endpoint}`, ENDPOINT)] as const);
  return new Map<Service, string>(own).get(service) || general;
}

const originOf = (service: string, region: string): string =>
  `https://${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

const TARGET: Form = {
  test: (text) => placeOf(text) !== undefined,
  allowed:
    "the ARN of a Lambda function, an SQS queue, an SNS topic, an EventBridge event bus or a Step Functions state machine, or an SQS queue's URL",
  secret: true,
};
const FUNCTION: Form = { test: (text) => /^[\w.:$-]+$/.test(text), allowed: "a function's name or ARN" };
const REGION: Form = { test: (text) => /^[a-z\d-]+$/.test(text), allowed: "a region such as eu-central-1" };
const KEY: Form = { test: (text) => /^[\w+/=.-]+$/.test(text), allowed: "made of letters, digits and + / = . _ - only", secret: true };
const GROUP: Form = { test: (text) => /^[!-~]{1,128}$/.test(text), allowed: "1 to 128 characters of ASCII without spaces" };
const SOURCE: Form = {
  test: (text) => /^(?!aws\.)\P{Cc}{1,256}$/u.test(text),
  allowed: "at most 256 characters on one line, and not begin with aws.",
};
const DETAIL_TYPE: Form = { test: (text) => /^\P{Cc}{1,128}$/u.test(text), allowed: "at most 128 characters on one line" };

const ENDPOINT: Form = {
  test(text) {
    const url = URL.parse(text);
    return url !== null && isAddress(url);
  },
  allowed: "an absolute http or https URL without user, query and fragment",
  secret: true,
};

const isAddress = (url: URL): boolean => isHttp(url) && !(url.username || url.password || url.search || url.hash);
