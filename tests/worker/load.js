// Compares requests per second, latency and CPU time of the worker with those of the same worker on
// URLSearchParams and JSON.stringify. The clients run on the same machine.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

import autocannon from "autocannon";

import { median } from "../../benches/js/measure.js";
import { cpuTime, workerdsOf } from "../process.js";
import { CREDENTIALS, REGION } from "./front.js";
import { peer, startWorker } from "./worker.js";

// In seconds: long enough that ticks of 10 ms do not matter.
const ROUND = 2;
// Rounds per process, and pairs of processes, since workerd processes differ in speed. Pairs are added until
// two halves of them agree on the ratio of CPU times to within AGREEMENT.
const ROUNDS = 3;
const PAIRS = { least: 4, most: 16 };
const AGREEMENT = 0.03;

const BODIES = {};
for (const name of ["contact", "many", "long"]) {
  BODIES[name] = await readFile(new URL(`../../benches/data/${name}.txt`, import.meta.url));
}

// A stand-in for Lambda that accepts everything at once and checks nothing.
const lambda = createServer((request, response) => request.resume().on("end", () => response.writeHead(202).end()));
lambda.listen(0, "127.0.0.1");
await once(lambda, "listening");
const settings = {
  LAMBDA_FUNCTION: "contact-form",
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${lambda.address().port}`,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

const CASES = [
  ["without a function: the answer is the event", {}, 200],
  ["with Lambda", settings, 202],
];
const WORKERS = [
  ["formevent", {}],
  ["URLSearchParams", { folder: peer() }],
];

for (const [title, own, status] of CASES) {
  const head = ["requests/s", "p50 ms", "p99 ms", "CPU µs"].map((word) => word.padStart(12));
  console.log(`\n${title}\n${"body".padEnd(27)}${head.join("")}`);
  const pairs = Object.fromEntries(Object.keys(BODIES).map((body) => [body, []]));
  for (let left = Object.keys(BODIES); left.length; ) {
    const workers = [];
    for (const [, options] of WORKERS) workers.push(await start(own, options));
    for (const body of left) pairs[body].push(await rounds(workers, BODIES[body], status));
    await Promise.all(workers.map((worker) => worker.close()));
    const done = left.filter((body) => isEnough(pairs[body]));
    for (const body of done) report(body, pairs[body]);
    left = left.filter((body) => !done.includes(body));
  }
}
lambda.close();

async function start(settings, options) {
  const before = workerdsOf(process.pid);
  // Connect directly, not through the worker that Miniflare puts in front.
  const worker = await startWorker(settings, { ...options, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] });
  const [id] = workerdsOf(process.pid).filter((id) => !before.includes(id));
  return { ...worker, url: await worker.direct(), id };
}

/** Returns the figures of both processes for each round. */
async function rounds(workers, body, status) {
  // Warm up.
  for (const worker of workers) await measure(worker, body, status);
  const all = [];
  while (all.length < ROUNDS) {
    // In turns, so that other load on the machine affects both.
    const round = [];
    for (const worker of workers) round.push(await measure(worker, body, status));
    all.push(round);
  }
  return all;
}

function isEnough(pairs) {
  return pairs.length === PAIRS.most || (pairs.length >= PAIRS.least && disagreement(pairs) <= AGREEMENT);
}

function cpuRatio(pairs) {
  return median(pairs.flat().map(([ours, theirs]) => ours.cpu / theirs.cpu));
}

function disagreement(pairs) {
  const [one, other] = [0, 1].map((half) => cpuRatio(pairs.filter((_, number) => number % 2 === half)));
  return Math.abs(one / other - 1);
}

function report(body, pairs) {
  const figure = (worker, name) => median(pairs.flat().map((round) => round[worker][name]));
  for (const [worker, [name]] of WORKERS.entries()) {
    const figures = ["rate", "p50", "p99", "cpu"].map((name) => figure(worker, name));
    console.log(`${body.padEnd(10)}${name.padEnd(17)}${figures.map((value) => value.toFixed(value < 100 ? 1 : 0).padStart(12)).join("")}`);
  }
  const outcome = (ratio) => (Math.abs(ratio - 1) <= AGREEMENT ? "even" : ratio < 1 ? "better" : "worse");
  const [rate, cpu, differ] = [figure(0, "rate") / figure(1, "rate"), cpuRatio(pairs), disagreement(pairs)];
  console.log(
    `${body.padEnd(10)}${rate.toFixed(2)} times the requests, ${cpu.toFixed(2)} times the CPU time: ${outcome(cpu)} ` +
      `(${pairs.length} processes each; their halves differ by ${(100 * differ).toFixed(1)} %${differ > AGREEMENT ? ", too much" : ""})`,
  );
}

async function measure({ url, id }, body, status) {
  const before = cpuTime(id);
  const result = await autocannon({
    url: String(url),
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
    connections: 16,
    duration: ROUND,
  });
  const { statusCodeStats, errors, latency, requests } = result;
  const others = Object.keys(statusCodeStats).filter((code) => Number(code) !== status);
  if (errors || others.length) throw new Error(`${errors} errors, statuses ${Object.keys(statusCodeStats)}`);
  return { rate: requests.total / result.duration, p50: latency.p50, p99: latency.p99, cpu: (cpuTime(id) - before) / requests.total };
}
