// A server of an AWS service: the stand-in for Lambda and the gates before moto are such servers. It checks signatures
// with AWS's own library, and its calls can fail.
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
/** The settings of a worker that has these credentials. */
export const KEYS = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
};

/** The connection ends, or there is no answer; with `-late`, after the call is accepted. */
const LOSSES = ["close", "close-late", "silence", "silence-late"];

/**
 * Starts a server of an AWS service. `answer(call)` returns the answer to a call that is signed, `{ status, headers, body }`, or
 * throws an `AwsError`.
 *
 * `fail(fault)` begins a new list of `calls`, in which `fault(number, call)` can return a fault for the call of that number: one
 * of `LOSSES`, a name in `answers`, whose function then takes the place of `answer`, or an answer. `faults` has all names.
 */
export async function startService({ service, answer, answers = {}, port = 0, base = "" }) {
  const calls = [];
  let faultOf = () => undefined;
  let busy = 0;

  const server = createServer(async (request, response) => {
    const call = { method: request.method, path: request.url, headers: request.headers };
    const number = calls.push(call) - 1;
    busy++;
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      call.body = Buffer.concat(chunks);
      await checkSignature(call, service);
      const fault = faultOf(number, call);
      call.fault = fault;
      const [loss, late] = LOSSES.includes(fault) ? fault.split("-") : [];
      const reply = await (fault && !late ? (answers[fault]?.(call) ?? fault) : answer(call));
      if (loss === "close") return request.socket.destroy();
      if (loss === "silence") return;
      call.status = reply.status;
      response.writeHead(reply.status, reply.headers).end(reply.body);
    } catch (error) {
      if (!(error instanceof AwsError)) return request.socket.destroy();
      call.status = error.status;
      response.writeHead(error.status, { "content-type": "application/json", "x-amzn-errortype": error.type });
      const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${error.type}</Code></Error></ErrorResponse>`;
      response.end(service === "sns" ? xml : JSON.stringify({ Type: "User", message: error.message }));
    } finally {
      busy--;
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  return {
    service,
    calls,
    faults: [...LOSSES, ...Object.keys(answers)],
    url: `http://127.0.0.1:${server.address().port}${base}`,
    fail(fault = () => undefined) {
      calls.length = 0;
      faultOf = fault;
    },
    /** Waits until no call is being answered. */
    async idle() {
      while (busy) await wait(20);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export class AwsError extends Error {
  constructor(status, type, message) {
    super(message);
    Object.assign(this, { status, type });
  }
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
async function checkSignature({ method, path, headers, body }, service) {
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
  const { pathname, search, searchParams } = new URL(path, "http://localhost");
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
    // Like AWS, repeat what should have been signed, including the values of headers and the token.
    const canonical = signed.map((name) => `${name}:${headers[name]}`).join("\n");
    throw new AwsError(
      403,
      "InvalidSignatureException",
      `The Canonical String for this request should have been\n'POST\n${path}\n\n${canonical}'`,
    );
  }
}
