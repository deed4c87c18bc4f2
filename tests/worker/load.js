// Compares requests per second, latency and CPU time of the worker with those of the same worker on
// URLSearchParams and JSON.stringify, and with a worker that only echoes the body. The clients run on the same machine.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";

import { median } from "../../benches/js/measure.js";
import { cpuTime, workerdsOf } from "../process.js";
import { KEYS, REGION } from "./aws.js";
import { deployed, peer, startWorker } from "./worker.js";

const CLIENTS = 16;
// Requests to warm up a worker, requests in a round, and rounds per process: short ones, so that a disturbance of the
// machine spoils few.
const WARM_UP = 2_000;
const ROUND = 200;
const ROUNDS = 20;
// Processes differ in speed. They are added until two halves of them agree on the ratio of CPU times to within AGREEMENT.
const PROCESSES = { least: 6, most: 12 };
const AGREEMENT = 0.03;

// As Firefox posts a form.
const HEADERS = {
  "content-type": "application/x-www-form-urlencoded",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "accept-language": "en-GB,en;q=0.5",
  "accept-encoding": "gzip, deflate, br, zstd",
  origin: "https://www.example.com",
  referer: "https://www.example.com/",
  "upgrade-insecure-requests": "1",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
  "sec-fetch-site": "cross-site",
  "sec-fetch-user": "?1",
  priority: "u=0, i",
};

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

const BODIES = {};
for (const name of ["contact", "many", "long"]) {
  BODIES[name] = await readFile(new URL(`../../benches/data/${name}.txt`, import.meta.url));
}

// One byte beyond the length from which formevent may convert a body while it arrives.
BODIES.longer = Buffer.concat([BODIES.long, Buffer.from("x")]);

// A stand-in for Lambda that accepts everything at once and checks nothing.
const lambda = createServer((request, response) => request.resume().on("end", () => response.writeHead(202).end()));
lambda.listen(0, "127.0.0.1");
await once(lambda, "listening");
const settings = {
  LAMBDA_FUNCTION: "contact-form",
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${lambda.address().port}`,
  AWS_REGION: REGION,
  ...KEYS,
};

const CASES = [
  ["without a function: the answer is the event", {}, 200],
  ["with Lambda", settings, 202],
];
const WORKERS = ["formevent", "URLSearchParams", "echo"];

for (const [title, own, status] of CASES) {
  const head = ["requests/s", "p50 ms", "p99 ms", "CPU µs"].map((word) => word.padStart(12));
  console.log(`\n${title}\n${"body".padEnd(27)}${head.join("")}`);
  const processes = Object.fromEntries(Object.keys(BODIES).map((body) => [body, []]));
  for (let left = Object.keys(BODIES); left.length; ) {
    const process = await start(own, status);
    for (const body of left) processes[body].push(await rounds(process, BODIES[body]));
    await process.close();
    const done = left.filter((body) => isEnough(processes[body]));
    for (const body of done) report(body, processes[body]);
    left = left.filter((body) => !done.includes(body));
  }
}
lambda.close();

/** Starts one process with all three workers, so that they differ in nothing but their code. */
async function start(settings, status) {
  // Connect directly. Without its page, Miniflare puts no workers of its own in front of the worker.
  const options = { assets: undefined, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  const script = "export default { fetch: async (request) => new Response(await request.arrayBuffer()) }";
  const workers = [
    deployed("wrangler", settings, { ...options, name: "URLSearchParams", folder: peer() }),
    { ...options, name: "echo", modules: true, script },
  ];
  const started = await startWorker(settings, { ...options, name: "formevent", workers });
  const [id] = workerdsOf(process.pid);
  const direct = [];
  for (const name of WORKERS) direct.push({ id, url: await started.direct(name), status: name === "echo" ? 200 : status });
  if (status === 200) await checkPeer(...direct);
  return { ...started, direct };
}

/** Checks that both workers answer alike by the rules of URLSearchParams, and differently by default. */
async function checkPeer(ours, theirs) {
  const event = async ({ url }, body, settings) => {
    const headers = { ...HEADERS, "x-formevent-settings": JSON.stringify(settings) };
    const response = await fetch(url, { method: "POST", body, headers });
    const { requestId, ...event } = await response.json();
    delete event.headers.host;
    return event;
  };
  const standard = { RULES: "whatwg", DECODE: "true" };
  for (const body of Object.values(BODIES)) {
    assert.deepEqual(await event(ours, body, standard), await event(theirs, body, standard));
  }
  assert.notDeepEqual(await event(ours, BODIES.contact, {}), await event(theirs, BODIES.contact, {}), "both are formevent");
}

/** Returns the figures of the workers for each round. */
async function rounds({ direct }, body) {
  // Warm up.
  for (const worker of direct) await measure(worker, body, WARM_UP);
  const all = [];
  while (all.length < ROUNDS) {
    // In turns, so that other load on the machine affects all.
    const round = [];
    for (const worker of direct) round.push(await measure(worker, body, ROUND));
    all.push(round);
  }
  return all;
}

function isEnough(processes) {
  return processes.length === PROCESSES.most || (processes.length >= PROCESSES.least && disagreement(processes) <= AGREEMENT);
}

function cpuRatio(processes, worker = 1) {
  return median(processes.flat().map((round) => round[0].cpu / round[worker].cpu));
}

function disagreement(processes) {
  const [one, other] = [0, 1].map((half) => cpuRatio(processes.filter((_, number) => number % 2 === half)));
  return Math.abs(one / other - 1);
}

function report(body, processes) {
  const figure = (worker, name) => median(processes.flat().map((round) => round[worker][name]));
  for (const [worker, name] of WORKERS.entries()) {
    const figures = ["rate", "p50", "p99", "cpu"].map((name) => figure(worker, name));
    console.log(`${body.padEnd(10)}${name.padEnd(17)}${figures.map((value) => value.toFixed(value < 100 ? 1 : 0).padStart(12)).join("")}`);
  }
  const outcome = (ratio) => (Math.abs(ratio - 1) <= AGREEMENT ? "even" : ratio < 1 ? "better" : "worse");
  const [rate, cpu, differ] = [figure(0, "rate") / figure(1, "rate"), cpuRatio(processes), disagreement(processes)];
  console.log(
    `${body.padEnd(10)}${rate.toFixed(2)} times the requests, ${cpu.toFixed(2)} times the CPU time: ${outcome(cpu)} ` +
      `(${cpuRatio(processes, 2).toFixed(2)} times the echo's; ${processes.length} processes, whose halves differ by ` +
      `${(100 * differ).toFixed(1)} %${differ > AGREEMENT ? ", too much" : ""})`,
  );
}

async function measure({ id, url, status }, body, requests) {
  const [cpu, start, latencies] = [cpuTime(id), performance.now(), []];
  let left = requests;
  const client = async () => {
    while (left-- > 0) {
      const sent = performance.now();
      assert.equal(await post(url, body), status);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  latencies.sort((a, b) => a - b);
  return {
    rate: (requests / (performance.now() - start)) * 1_000,
    p50: latencies[Math.floor(requests / 2)],
    p99: latencies[Math.floor(requests * 0.99)],
    cpu: (cpuTime(id) - cpu) / requests,
  };
}

/** Posts a form and returns the status of the answer. */
async function post(url, body) {
  const sent = request(url, { agent, method: "POST", headers: { ...HEADERS, "content-length": body.length } }).end(body);
  const [answer] = await once(sent, "response");
  await once(answer.resume(), "end");
  return answer.statusCode;
}
