import { FormError } from "./index.js";
import { checkMediaType } from "./media-type.js";
import { type EventInfo, type FormBytes, wrong } from "./options.js";

type Strings = Readonly<Record<string, string | undefined>> | null | undefined;
type Lists = Readonly<Record<string, readonly string[] | undefined>> | null | undefined;

/** The event of a REST API, of an HTTP API with payload 1.0, or of an Application Load Balancer. */
export interface AwsProxyEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers?: Strings;
  readonly multiValueHeaders?: Lists;
  readonly queryStringParameters?: Strings;
  readonly multiValueQueryStringParameters?: Lists;
  readonly requestContext: {
    /** The only member that a load balancer sends. */
    readonly elb?: object;
    readonly stage?: string;
    readonly identity?: { readonly sourceIp?: string | null; readonly userAgent?: string | null };
    readonly requestId?: string;
    readonly requestTimeEpoch?: number;
  };
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** The event of an HTTP API with payload 2.0, or of a function URL. */
export interface AwsHttpEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[] | null;
  readonly headers: Strings;
  readonly requestContext: {
    readonly http: { readonly method: string; readonly sourceIp: string; readonly userAgent?: string | null };
    readonly stage: string;
    readonly requestId: string;
    readonly timeEpoch: number;
  };
  readonly body?: string | null;
  readonly isBase64Encoded: boolean;
}

/** The event of a viewer request or an origin request at Lambda@Edge. */
export interface AwsEdgeEvent {
  readonly Records: readonly {
    readonly cf: {
      readonly config: { readonly requestId: string };
      readonly request: {
        readonly clientIp: string;
        readonly headers: Readonly<Record<string, readonly { readonly key?: string | undefined; readonly value: string }[]>>;
        readonly method: string;
        readonly querystring: string;
        readonly uri: string;
        readonly body?: { readonly data: string; readonly encoding: "base64" | "text"; readonly inputTruncated: boolean } | undefined;
      };
    };
  }[];
}

/** Any event with which AWS hands a request to a function. */
export type AwsEvent = AwsProxyEvent | AwsHttpEvent | AwsEdgeEvent;

/** A posted form, and the other members of its event. */
export interface AwsForm {
  /** The body: bytes if the event had it in base64, else text. */
  body: string | FormBytes;
  /** The members of the event, as far as the request has them. */
  info: EventInfo & { headers: [name: string, value: string][] };
}

/**
 * Returns the form in an event that AWS hands to a function: of a REST API, an HTTP API (payload 1.0 or
 * 2.0), a function URL, an Application Load Balancer or Lambda@Edge. Pass it to any other function:
 * `formToEvent(body, info)`, `formToJson(body)`, `inspect(body)`.
 *
 * Headers are `multiValueHeaders` if the event has them, else `headers`; the cookies of payload 2.0 become
 * the header `cookie` again. A load balancer's `sourceIp` is the last address in `X-Forwarded-For`, the one
 * that it appended and the sender cannot choose. A body that is `null` is an empty form, other members that
 * are `null` or missing are empty.
 *
 * @throws {FormError} with the codes of {@link checkMediaType} if the body is no form; `invalid-base64`; and
 *   at Lambda@Edge `truncated` if the body was cut off (`inputTruncated`), `missing-body` if the distribution
 *   does not include it
 * @throws {TypeError} if `event` is of no known kind, or if a member has the wrong type
 * @example
 * export const handler = async (event) => {
 *   const { body, info } = formFromAws(event);
 *   await invoke(formToEvent(body, info));
 * };
 */
export function formFromAws(event: AwsEvent): AwsForm {
  const record = (event as AwsEdgeEvent | undefined)?.Records?.[0]?.cf;
  if (record?.request) return fromEdge(record);
  const { requestContext } = (event ?? {}) as Partial<AwsProxyEvent & AwsHttpEvent>;
  if (requestContext?.http) return fromHttp(event as AwsHttpEvent);
  if (requestContext && "httpMethod" in event) return fromProxy(event);
  throw new TypeError("the event must be that of a REST API, an HTTP API, a function URL, a load balancer, or of a request at Lambda@Edge");
}

function fromProxy(event: AwsProxyEvent): AwsForm {
  const { elb, stage, identity, requestId, requestTimeEpoch } = event.requestContext;
  const headers = entries(event.multiValueHeaders, event.headers);
  const parameters = entries(event.multiValueQueryStringParameters, event.queryStringParameters);
  const own: Own = {
    stage,
    sourceIp: identity?.sourceIp,
    userAgent: identity?.userAgent,
    method: event.httpMethod,
    path: event.path,
    queryString: `${new URLSearchParams(parameters)}`,
    requestId,
    time: requestTimeEpoch,
  };
  if (elb) {
    own.sourceIp = lastForwarded(headers);
    // A load balancer does not decode them.
    own.queryString = parameters.map((parameter) => parameter.join("=")).join("&");
  }
  return form(headers, own, () => bytes(event.body, event.isBase64Encoded));
}

function fromHttp(event: AwsHttpEvent): AwsForm {
  const { http, stage, requestId, timeEpoch } = event.requestContext;
  const headers = entries(undefined, event.headers);
  // Payload 2.0 takes the cookies out of the headers.
  const cookies = texts("cookies", event.cookies);
  if (cookies.length && find(headers, "cookie") === undefined) headers.push(["cookie", cookies.join("; ")]);
  const own = {
    stage,
    sourceIp: http.sourceIp,
    userAgent: http.userAgent,
    method: http.method,
    path: event.rawPath,
    queryString: event.rawQueryString,
    requestId,
    time: timeEpoch,
  };
  return form(headers, own, () => bytes(event.body, event.isBase64Encoded));
}

function fromEdge({ config, request }: AwsEdgeEvent["Records"][number]["cf"]): AwsForm {
  const headers = Object.entries(request.headers ?? {}).flatMap(([name, list]) =>
    present(list).flatMap(({ key, value }) => entries({ [text("key", key ?? name)]: [value] }, {})),
  );
  const own = {
    stage: "",
    sourceIp: request.clientIp,
    userAgent: undefined,
    method: request.method,
    path: request.uri,
    queryString: request.querystring,
    requestId: config?.requestId,
    time: undefined,
  };
  return form(headers, own, () => {
    if (!request.body) {
      const remedy = 'choose "Include body" in the function association of the CloudFront behavior';
      throw FormError.of("missing-body", `the event has no body: ${remedy}`);
    }
    const { data, encoding, inputTruncated } = request.body;
    if (inputTruncated) {
      const most = "after 40 KB of a viewer request or 1 MB of an origin request";
      throw FormError.of("truncated", `the body is incomplete: Lambda@Edge cut it off (inputTruncated), ${most}`);
    }
    if (encoding !== "base64" && encoding !== "text") throw wrong("body.encoding of the event", '"base64" or "text"', encoding);
    if (data === undefined || data === null) throw wrong("body.data of the event", "a string", data);
    return bytes(data, encoding === "base64");
  });
}

type Text = string | null | undefined;
type Own = Record<"stage" | "sourceIp" | "userAgent" | "method" | "path" | "queryString" | "requestId", Text> & {
  time: number | null | undefined;
};

function form(headers: [string, string][], { time, ...own }: Own, body: () => AwsForm["body"]): AwsForm {
  const get = (name: string) => find(headers, name);
  checkMediaType({ get });
  own.userAgent ??= get("user-agent");
  const members = Object.entries(own).map(([name, value]) => [name, text(name, value)]);
  return { body: body(), info: { headers, ...Object.fromEntries(members), time: time ?? undefined } };
}

// A missing member is empty.
function text(name: string, value: Text): string {
  const given: unknown = value ?? "";
  if (typeof given !== "string") throw wrong(`${name} of the event`, "a string", given);
  return given;
}

// Lists the values that are not missing.
const present = <T>(values: T | readonly T[]): NonNullable<T>[] => [values].flat().filter((value) => value != null) as NonNullable<T>[];

const texts = (name: string, values: Text | readonly Text[]): string[] => present(values).map((value) => text(name, value));

const find = (headers: [string, string][], name: string): string | undefined =>
  headers.find(([other]) => other.toLowerCase() === name)?.[1];

// Lists each name with all of its values or, if the event has no lists of values, with its only one.
function entries(every: Lists, one: Strings): [string, string][] {
  const all = Object.entries(every ?? {});
  const lists = all.length ? all : Object.entries(one ?? {});
  return lists.flatMap(([name, values]) =>
    texts(`the header or parameter ${JSON.stringify(name)}`, values).map((value): [string, string] => [name, value]),
  );
}

// Returns the address that the load balancer appended, without the port that it may have.
function lastForwarded(headers: [string, string][]): string {
  const value = headers.findLast(([name]) => name.toLowerCase() === "x-forwarded-for")?.[1] ?? "";
  const last = value.slice(value.lastIndexOf(",") + 1).trim();
  return last.replace(/^([\d.]+):\d+$|^\[(.*)\]:\d+$/, "$1$2");
}

function bytes(body: Text, isBase64: boolean | undefined): string | FormBytes {
  const given = text("body", body);
  if (!given || !isBase64) return given;
  const offset = wrongBase64(given);
  if (offset !== undefined) {
    throw FormError.of("invalid-base64", `the body of the event is not base64 at byte offset ${offset}, although the event says so`, {
      offset,
    });
  }
  const binary = atob(given);
  const decoded = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) decoded[at] = binary.charCodeAt(at);
  return decoded;
}

// Returns the offset of the first wrong byte, or the length if the end is missing. `atob` has no offset, and
// accepts whitespace and other ends.
function wrongBase64(body: string): number | undefined {
  const found = body.search(/[^A-Za-z\d+/]/);
  const end = found < 0 ? body.length : found;
  const padding = body.slice(end);
  if (padding !== ["", undefined, "==", "="][end % 4]) return end % 4 === 2 && padding === "=" ? body.length : end;
  // The bits after the last byte must be 0.
  return padding && !/^([AQgw]=|[AEIMQUYcgkosw048])=$/.test(body.slice(end - 1)) ? end - 1 : undefined;
}
