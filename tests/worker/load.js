// Requests a second, latency and CPU time of the worker beside the same worker with URLSearchParams and
// JSON.stringify, on one machine with the clients: WORKER and PEER name the folders of their bundles.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
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
const echo = { DECODE: true, DUPLICATES: "last" };
const settings = {
  ...echo,
  LAMBDA_FUNCTION: "contact-form",
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${lambda.address().port}`,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

for (const [title, own, status] of [["with the event as the answer", echo, 200], ["with Lambda behind", settings, 202]]) {
  const workers = [];
  for (const [name, folder] of [["formevent", process.env.WORKER], ["URLSearchParams", process.env.PEER]]) {
    const before = children();
    const worker = await startWorker(own, { folder });
    workers.push({ ...worker, name, process: children().find((id) => !before.includes(id)) });
  }
  console.log(`\n${title}\n${"body".padEnd(10)}${"".padEnd(17)}${["requests/s", "p50 ms", "p99 ms", "CPU µs"].map((word) => word.padStart(12)).join("")}`);
  for (const [body, bytes] of Object.entries(BODIES)) {
    // In turns, so that whatever else the machine does meets both.
    const results = new Map(workers.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const worker of workers) results.get(worker.name).push(await shoot(worker, bytes, status));
    }
    const bests = [];
    for (const [name, rounds] of results) {
      const best = rounds.reduce((a, b) => (a.rate > b.rate ? a : b));
      bests.push(best);
      console.log(`${body.padEnd(10)}${name.padEnd(17)}${[best.rate, best.p50, best.p99, best.cpu].map((value) => value.toFixed(value < 100 ? 1 : 0).padStart(12)).join("")}`);
    }
    const [ours, theirs] = bests;
    console.log(`${body.padEnd(10)}${(ours.rate / theirs.rate).toFixed(2)} times the requests, ${(ours.cpu / theirs.cpu).toFixed(2)} times the CPU time`);
  }
  await Promise.all(workers.map((worker) => worker.close()));
}
lambda.close();

async function shoot({ url, process }, body, status) {
  const before = cpu(process);
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
  return { rate: requests.average, p50: latency.p50, p99: latency.p99, cpu: (cpu(process) - before) / requests.total };
}

/** The processes of workerd that this one has started. */
function children() {
  const lines = execFileSync("ps", ["-o", "pid=,comm=", "--ppid", String(process.pid)], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.endsWith("workerd")).map((line) => line.trim().split(" ")[0]);
}

/** The CPU time of a process up to now, in µs, to 10 ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpu(id) {
  const [user, system] = readFileSync(`/proc/${id}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10_000;
}
