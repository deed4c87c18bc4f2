// A stand-in for Lambda's Invoke API. It checks signatures with AWS's own library, answers as Lambda does,
// and delivers the events of asynchronous calls later.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

export const REGION = "eu-central-1";
export const CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////wEaDGV1LWNlbnRyYWwtMQ==",
};

/** Answers of Lambda that do not accept an event. */
const ERRORS = {
  throttle: [429, "TooManyRequestsException", "Rate Exceeded."],
  error: [500, "ServiceException", "Internal failure."],
  "bad-gateway": [502, "", "<html>Bad Gateway</html>"],
  // A function that has been idle for long answers so until it has its resources back.
  inactive: [409, "ResourceConflictException", "The operation cannot be performed at this time."],
  timeout: [408, "", "Request Timeout"],
  gone: [410, "", "Gone"],
  missing: [404, "ResourceNotFoundException", "Function not found"],
};

/** The largest payload of an asynchronous call, in bytes. */
const MAX_PAYLOAD = 1_000_000;

/**
 * Serves functions of these names, below the path `base`. `deliver(event)` passes the bytes of an event to
 * a function. If it throws, delivery is repeated twice, as Lambda does.
 *
 * `fault(number)` may return a fault for the call of that number: one of `ERRORS`, `close` (the connection
 * ends) or `silence` (there is no answer). The last two lose the event; with `-late`, they happen after it
 * is accepted.
 */
export async function startFront({ functions = ["contact-form"], deliver, fault = () => undefined, atOnce = 8, port = 0, base = "" }) {
  const front = { calls: [], accepted: [], failed: [] };
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
            front.failed.push({ event, error });
            break;
          }
          await wait(50 * attempt);
        }
      }
    }
    busy--;
  };

  const accept = (event) => {
    front.accepted.push(event);
    waiting.push(event);
    if (busy < atOnce) void deliverWaiting();
  };

  const server = createServer(async (request, response) => {
    const call = { path: request.url, headers: request.headers };
    const number = front.calls.push(call) - 1;
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      call.body = Buffer.concat(chunks);
      call.fault = fault(number);
      if (Object.hasOwn(ERRORS, call.fault ?? "")) throw new AwsError(...ERRORS[call.fault]);
      if (call.fault === "close") return request.socket.destroy();
      if (call.fault === "silence") return;
      const { type, event } = await check(request, call.body, base, functions);
      if (type === "Event") accept(event);
      else if (type === "RequestResponse") await deliver(event);
      if (call.fault === "close-late") return request.socket.destroy();
      if (call.fault === "silence-late") return;
      call.status = { Event: 202, RequestResponse: 200, DryRun: 204 }[type];
      response.writeHead(call.status, { "x-amzn-requestid": crypto.randomUUID() }).end();
    } catch (error) {
      if (!(error instanceof AwsError)) return request.socket.destroy();
      call.status = error.status;
      call.error = error;
      response.writeHead(error.status, { "content-type": "application/json", "x-amzn-errortype": error.type });
      response.end(JSON.stringify({ Type: "User", message: error.message }));
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  const url = `http://127.0.0.1:${server.address().port}${base}`;
  return Object.assign(front, {
    url,
    /** The settings that make a worker use this stand-in. */
    settings: {
      LAMBDA_FUNCTION: functions[0],
      AWS_ENDPOINT_URL_LAMBDA: url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
    },
    /** Waits until every accepted event is delivered. */
    async idle() {
      while (waiting.length || busy) await wait(20);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
}

export class AwsError extends Error {
  constructor(status, type, message) {
    super(message);
    Object.assign(this, { status, type });
  }
}

async function check(request, body, base, functions) {
  await checkSignature(request, body);
  const [, path, name] = /^(.*)\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url) ?? [];
  if (request.method !== "POST" || path !== base) throw new AwsError(404, "UnknownOperationException", "Unknown operation");
  if (!functions.includes(decodeURIComponent(name))) {
    throw new AwsError(...ERRORS.missing);
  }
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
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
  return { type, event: body };
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
export async function checkSignature({ method, url, headers }, body, service = "lambda") {
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)\/(?<scope>[^,]+), ?SignedHeaders=(?<signed>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    )?.groups;
  if (!authorization) throw new AwsError(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  const { key, scope, signature } = authorization;
  const signed = authorization.signed.split(";");
  if (key !== CREDENTIALS.accessKeyId || headers["x-amz-security-token"] !== CREDENTIALS.sessionToken) {
    throw new AwsError(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  const unsigned = needed.filter((name) => !signed.includes(name));
  if (unsigned.length) throw new AwsError(403, "InvalidSignatureException", `not signed: ${unsigned}`);
  const date = (headers["x-amz-date"] ?? "").replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
  if (!(Math.abs(new Date(date) - Date.now()) < 300_000)) {
    throw new AwsError(403, "InvalidSignatureException", "Signature expired");
  }
  if (scope !== `${date.slice(0, 10).replaceAll("-", "")}/${REGION}/${service}/aws4_request`) {
    throw new AwsError(403, "InvalidSignatureException", "Credential should be scoped to a valid region.");
  }
  const { pathname, search, searchParams } = new URL(url, "http://localhost");
  const signer = new SignatureV4({ service, region: REGION, credentials: CREDENTIALS, sha256: Sha256, applyChecksum: false });
  const expected = await signer.sign(
    {
      method,
      protocol: "http:",
      hostname: headers.host,
      path: pathname,
      query: search ? Object.fromEntries(searchParams) : {},
      headers: Object.fromEntries(signed.map((name) => [name, headers[name]])),
      body,
    },
    { signingDate: new Date(date) },
  );
  if (!expected.headers.authorization.endsWith(`Signature=${signature}`)) {
    // Like Lambda, repeat what should have been signed, including the values of headers and the token.
    const canonical = signed.map((name) => `${name}:${headers[name]}`).join("\n");
    throw new AwsError(
      403,
      "InvalidSignatureException",
      `The Canonical String for this request should have been\n'POST\n${url}\n\n${canonical}'`,
    );
  }
}
