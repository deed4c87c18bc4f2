// A stand-in for Lambda's Invoke API. It answers as Lambda does, and delivers the events of asynchronous calls later.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import { setTimeout as wait } from "node:timers/promises";

import { AwsError, KEYS, REGION, startService } from "./aws.js";

/** Answers of Lambda after which a call can succeed. */
const ERRORS = {
  throttle: [429, "TooManyRequestsException", "Rate Exceeded."],
  error: [500, "ServiceException", "Internal failure."],
  "bad-gateway": [502, "", "<html>Bad Gateway</html>"],
  // A function that has been idle for long answers so until it has its resources back.
  inactive: [409, "ResourceConflictException", "The operation cannot be performed at this time."],
  timeout: [408, "", "Request Timeout"],
  gone: [410, "", "Gone"],
};
const MISSING = [404, "ResourceNotFoundException", "Function not found"];

/** The largest payload of an asynchronous call, in bytes. */
const MAX_PAYLOAD = 1_000_000;

/**
 * Serves functions of these names, below the path `base`. `deliver(event)` passes the bytes of an event to
 * a function. If it throws, delivery is repeated twice, as Lambda does. `fault` is as in `startService`.
 */
export async function startFront({ functions = ["contact-form"], deliver, fault, atOnce = 8, port = 0, base = "" }) {
  const accepted = [];
  const failed = [];
  const waiting = [];
  let busy = 0;

  const deliverWaiting = async () => {
    busy++;
    for (let event; (event = waiting.shift()); ) {
      for (let attempt = 1; ; attempt++) {
        try {
          await deliver(event);
          break;
        } catch (error) {
          if (attempt === 3) {
            failed.push({ event, error });
            break;
          }
          await wait(50 * attempt);
        }
      }
    }
    busy--;
  };

  const accept = (event) => {
    accepted.push(event);
    waiting.push(event);
    if (busy < atOnce) void deliverWaiting();
  };

  const lambda = await startService({
    service: "lambda",
    port,
    base,
    answers: Object.fromEntries(
      Object.entries(ERRORS).map(([name, error]) => [
        name,
        () => {
          throw new AwsError(...error);
        },
      ]),
    ),
    async answer(call) {
      const type = check(call, base, functions);
      if (type === "Event") accept(call.body);
      else if (type === "RequestResponse") await deliver(call.body);
      const status = { Event: 202, RequestResponse: 200, DryRun: 204 }[type];
      return { status, headers: { "x-amzn-requestid": crypto.randomUUID() } };
    },
  });
  lambda.fail(fault);
  return {
    ...lambda,
    accepted,
    failed,
    /** The settings that make a worker use this stand-in. */
    settings: { LAMBDA_FUNCTION: functions[0], AWS_ENDPOINT_URL_LAMBDA: lambda.url, AWS_REGION: REGION, ...KEYS },
    /** Waits until every accepted event is delivered. */
    async idle() {
      await lambda.idle();
      while (waiting.length || busy) await wait(20);
    },
  };
}

/** Returns the type of the call. */
function check({ method, path, headers, body }, base, functions) {
  const [, before, name] = /^(.*)\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
  if (method !== "POST" || before !== base) throw new AwsError(404, "UnknownOperationException", "Unknown operation");
  if (!functions.includes(decodeURIComponent(name))) throw new AwsError(...MISSING);
  const type = headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (!["Event", "RequestResponse", "DryRun"].includes(type)) {
    throw new AwsError(400, "InvalidParameterValueException", `Unknown invocation type ${type}`);
  }
  if (type === "Event" && body.length > MAX_PAYLOAD) {
    throw new AwsError(413, "RequestTooLargeException", `${body.length} byte payload is too large`);
  }
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new AwsError(400, "InvalidRequestContentException", "Could not parse request body into json");
  }
  return type;
}
