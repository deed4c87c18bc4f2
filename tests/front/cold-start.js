// Measures the function of examples/lambda-front, as `cargo xtask cold-start` has built it: its size, its start under
// cargo-lambda's Runtime API, and its memory. The stand-in for Lambda answers at once, and has TLS.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

import { cpuTime, memory } from "../process.js";
import { startFront } from "../worker/front.js";
import { startLambda } from "../worker/function.js";
import { send } from "./lambda-front.js";
import { startTls } from "./tls.js";

const STARTS = 20;
const WARM = 200;
const BODY = "name=Ada+Lovelace&email=ada%40example.com&subject=Engine&message=Dear+Mr.+Babbage%2C%0D%0Ais+%22it%22+ready%3F";

const receiver = await startFront({ deliver() {} });
const tls = await startTls(receiver.url);
const env = { ...receiver.settings, AWS_ENDPOINT_URL_LAMBDA: tls.url, SSL_CERT_FILE: tls.certificate };

/** Posts a form. Returns the time that it took in ms. */
async function post({ url }, began = performance.now()) {
  const { status, text } = await send(url, { body: BODY });
  if (status !== 202) throw new Error(`${status} ${text}`);
  return performance.now() - began;
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

/** The function with these features. `rows` has the figures of each start. */
function built(features) {
  const executable = fileURLToPath(new URL(`../../target/lambda-front/${features}`, import.meta.url));
  const program = readFileSync(executable);
  return { executable, size: program.length, zipped: deflateRawSync(program, { level: 9 }).length, rows: [] };
}

async function measure({ executable, rows }) {
  const lambda = await startLambda({ program: process.env.CARGO_LAMBDA, executable, env });
  const cold = await post(lambda, lambda.began);
  const coldCpu = cpuTime(lambda.pid);
  const warm = [];
  for (let count = 0; count < WARM; count++) warm.push(await post(lambda));
  const warmCpu = (cpuTime(lambda.pid) - coldCpu) / WARM;
  rows.push({ cold, coldCpu, warm: median(warm), warmCpu, memory: memory(lambda.pid, "VmHWM") });
  await lambda.close();
}

const all = [built("default"), built("all")];
// In turns, since the machine may be busy for a while.
for (let start = 0; start < STARTS; start++) for (const each of all) await measure(each);

const of = (key) => (each) => median(each.rows.map((row) => row[key]));
const FIGURES = {
  "program, MiB": ({ size }) => mib(size),
  "zipped, MiB": ({ zipped }) => mib(zipped),
  "start to the first 202, ms": (each) => of("cold")(each).toFixed(1),
  "CPU time until then, ms": (each) => (of("coldCpu")(each) / 1_000).toFixed(1),
  "later request, ms": (each) => of("warm")(each).toFixed(2),
  "CPU time of that, ms": (each) => (of("warmCpu")(each) / 1_000).toFixed(2),
  "peak memory, MiB": of("memory"),
};
const line = (name, values) => console.log(name.padEnd(30) + values.map((value) => String(value).padStart(10)).join(""));
line("features", ["default", "all"]);
for (const [name, figure] of Object.entries(FIGURES)) line(name, all.map(figure));
tls.close();
await receiver.close();
