// Requests a second and latency of the worker beside the same worker with URLSearchParams and
// JSON.stringify, on one machine with the clients: WORKER and PEER name the folders of their bundles.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

import autocannon from "autocannon";

import { CREDENTIALS, REGION } from "./front.js";
import { startWorker } from "./worker.js";

const SECONDS = 4;
const ROUNDS = 3;

const BODIES = {};
for (const name of ["contact", "many", "long"]) {
  BODIES[name] = await readFile(new URL(`../../benches/data/${name}.txt`, import.meta.url));
}

// Lambda's front takes everything at once, and checks nothing.
const lambda = createServer((request, response) => request.resume().on("end", () => response.writeHead(202).end()));
lambda.listen(0, "127.0.0.1");
await once(lambda, "listening");
const settings = {
  DECODE: true,
  DUPLICATES: "last",
  LAMBDA_FUNCTION: "contact-form",
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${lambda.address().port}`,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};
const echo = { DECODE: true, DUPLICATES: "last" };

for (const [title, own, status] of [["with the event as the answer", echo, 200], ["with Lambda behind", settings, 202]]) {
  const workers = [];
  for (const [name, folder] of [["formevent", process.env.WORKER], ["URLSearchParams", process.env.PEER]]) {
    workers.push({ name, ...(await startWorker(own, { folder })) });
  }
  console.log(`\n${title}\n${"body".padEnd(10)}${"".padEnd(17)}${["requests/s", "p50 ms", "p99 ms"].map((word) => word.padStart(12)).join("")}`);
  for (const [body, bytes] of Object.entries(BODIES)) {
    // In turns, so that whatever else the machine does meets both.
    const results = new Map(workers.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, url } of workers) results.get(name).push(await shoot(url, bytes, status));
    }
    const rates = [];
    for (const [name, rounds] of results) {
      const best = rounds.reduce((a, b) => (a.rate > b.rate ? a : b));
      rates.push(best.rate);
      console.log(`${body.padEnd(10)}${name.padEnd(17)}${[best.rate, best.p50, best.p99].map((value) => value.toFixed(value < 100 ? 1 : 0).padStart(12)).join("")}`);
    }
    console.log(`${body.padEnd(10)}${(rates[0] / rates[1]).toFixed(2)} times as many requests`);
  }
  await Promise.all(workers.map((worker) => worker.close()));
}
lambda.close();

async function shoot(url, body, status) {
  const result = await autocannon({
    url: String(url),
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
    connections: 16,
    duration: SECONDS,
  });
  const { statusCodeStats, errors, latency, requests } = result;
  const others = Object.keys(statusCodeStats).filter((code) => Number(code) !== status);
  if (errors || others.length) throw new Error(`${errors} errors, statuses ${Object.keys(statusCodeStats)}`);
  return { rate: requests.average, p50: latency.p50, p99: latency.p99 };
}
