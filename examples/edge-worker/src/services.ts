// The AWS services that an event can go to: how to make a call of events, and how to read its answer.
import type { Target } from "./target.js";

/** An event on its way. */
export interface Outgoing {
  readonly requestId: string;
  /** In UTF-8. */
  readonly bytes: Uint8Array;
}

interface Call {
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

/** The result that an answer has for one event: it is accepted, or it has failed. An answer can also have none. */
export type Verdict = true | { readonly Code?: string; readonly SenderFault?: boolean } | undefined;

export interface Service {
  /** The end of the setting AWS_ENDPOINT_URL_…: https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html */
  readonly endpoint: string;
  /** The resource of an ARN. */
  readonly resource: RegExp;
  /** The size of an event, in bytes. The envelope of the call and its escape sequences do not count. */
  readonly size: { readonly byDefault: number; readonly most: number };
  /** The events of one call, and their bytes together. */
  readonly batch: { readonly most: number; readonly bytes: number };
  /** Takes only text of the characters that XML allows. */
  readonly isText: boolean;
  /** Takes only JSON objects. */
  readonly isObject?: boolean;
  readonly path?: (resource: string) => string;
  readonly call: (target: Target, events: readonly Outgoing[]) => Call;
  /** The status of an answer that accepts events. */
  readonly status: number;
  /** Reads the body of such an answer, in the order of `events`. */
  readonly verdicts: (body: string, events: readonly Outgoing[]) => Verdict[];
  /** The error for an event that has arrived before. */
  readonly repeated?: string;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
export const lambda: Service = {
  endpoint: "LAMBDA",
  resource: /^function:[\w-]+(?::[\w$-]+)?$/,
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  size: { byDefault: 1_000_000, most: 1_000_000 },
  batch: { most: 1, bytes: 0 },
  isText: false,
  path: (name) => `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
  call: (_, [event]) => ({
    headers: { "content-type": "application/json", "x-amz-invocation-type": "Event" },
    body: event!.bytes,
  }),
  status: 202,
  verdicts: () => [true],
};

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
export const sqs: Service = {
  endpoint: "SQS",
  // 80 characters with the suffix.
  resource: /^[\w-]{1,75}(?:[\w-]{0,5}|\.fifo)$/,
  size: { byDefault: 1_048_576, most: 1_048_576 },
  batch: { most: 10, bytes: 1_048_576 },
  isText: true,
  call: (target, events) =>
    json("1.0", "AmazonSQS.SendMessageBatch", {
      QueueUrl: target.resource,
      Entries: events.map((event, id) => ({ Id: String(id), MessageBody: textOf(event), ...fifoOf(target, event) })),
    }),
  status: 200,
  verdicts: (body, events) => byId(parsed(body), events),
};

// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
export const sns: Service = {
  endpoint: "SNS",
  // 256 characters with the suffix. An ARN with one more part is a subscription's.
  resource: /^[\w-]{1,251}(?:[\w-]{0,5}|\.fifo)$/,
  // The attribute MaximumMessageSize of a topic raises the limit: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
  size: { byDefault: 262_144, most: 1_048_576 },
  batch: { most: 10, bytes: 262_144 },
  isText: true,
  call(target, events) {
    const form = new URLSearchParams({ Action: "PublishBatch", Version: "2010-03-31", TopicArn: target.resource });
    for (const [id, event] of events.entries()) {
      const entry = { Id: String(id), Message: textOf(event), ...fifoOf(target, event) };
      for (const [name, value] of Object.entries(entry)) form.set(`PublishBatchRequestEntries.member.${id + 1}.${name}`, value);
    }
    return { headers: { "content-type": "application/x-www-form-urlencoded" }, body: String(form) };
  },
  status: 200,
  verdicts: (xml, events) => byId({ Successful: members(xml, "Successful"), Failed: members(xml, "Failed") }, events),
};

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
export const events: Service = {
  endpoint: "EVENTBRIDGE",
  resource: /^event-bus\/[\w./-]+$/,
  // The entries of a call must be less than 1 MB, with their sources and detail types, which have up to 1,536 bytes each:
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
  size: { byDefault: 998_000, most: 998_000 },
  batch: { most: 10, bytes: 980_000 },
  isText: true,
  isObject: true,
  call: ({ resource, source, detailType }, events) =>
    json("1.1", "AWSEvents.PutEvents", {
      Entries: events.map((event) => ({ EventBusName: resource, Source: source, DetailType: detailType, Detail: textOf(event) })),
    }),
  status: 200,
  verdicts(body, events) {
    const { Entries } = parsed(body);
    return events.map((_, index) => {
      const entry = Entries?.[index];
      return entry?.EventId ? true : entry?.ErrorCode && { Code: entry.ErrorCode };
    });
  },
};

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
export const states: Service = {
  endpoint: "SFN",
  resource: /^stateMachine:[^\s/:]+(?::[\w-]+)?$/,
  size: { byDefault: 262_144, most: 262_144 },
  batch: { most: 1, bytes: 0 },
  isText: true,
  call: ({ resource }, [event]) =>
    json("1.0", "AWSStepFunctions.StartExecution", { stateMachineArn: resource, name: event!.requestId, input: textOf(event!) }),
  status: 200,
  verdicts: (body) => [parsed(body).executionArn ? true : undefined],
  // The execution of this name has ended: names are unique for 90 days. While it runs, the answer is 200.
  repeated: "ExecutionAlreadyExists",
};

/** The name of a service in ARNs, in signatures and in the hosts of endpoints. */
export type ServiceName = "lambda" | "sqs" | "sns" | "events" | "states";

const json = (version: string, operation: string, body: object): Call => ({
  headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": operation },
  body: JSON.stringify(body),
});

const textOf = ({ bytes }: Outgoing): string => new TextDecoder().decode(bytes);

// A standard queue can have groups too: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
const fifoOf = ({ isFifo, groupId }: Target, { requestId }: Outgoing): Record<string, string> => ({
  // By default each event is a group of its own, so that none waits for another.
  ...((groupId || isFifo) && { MessageGroupId: groupId || requestId }),
  ...(isFifo && { MessageDeduplicationId: requestId }),
});

interface Entry {
  readonly Id: string;
  readonly Code?: string;
  readonly SenderFault?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: each service has its own members.
function parsed(body: string): any {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

function byId({ Successful = [], Failed = [] }: { Successful?: Entry[]; Failed?: Entry[] }, events: readonly Outgoing[]): Verdict[] {
  const of = (list: Entry[], id: number): Entry | undefined => list.find(({ Id }) => Id === String(id));
  return events.map((_, id) => (of(Successful, id) ? true : of(Failed, id)));
}

function members(xml: string, list: string): Entry[] {
  const [, inner = ""] = new RegExp(`<${list}>(.*)</${list}>`, "s").exec(xml) ?? [];
  return [...inner.matchAll(/<member>(.*?)<\/member>/gs)].map(([, member = ""]) => {
    const text = (name: string): string => new RegExp(`<${name}>([^<]*)`).exec(member)?.[1] ?? "";
    return { Id: text("Id"), Code: text("Code"), SenderFault: text("SenderFault") === "true" };
  });
}
