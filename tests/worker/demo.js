// The edge worker with the page, until it is interrupted: node tests/worker/demo.js PORT
// WORKER names the bundle's folder; with CARGO_LAMBDA the function of examples/lambda runs too, behind
// the stand-in for Lambda's front.
import { fileURLToPath } from "node:url";

import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startWorker } from "./worker.js";

const program = process.env.CARGO_LAMBDA;
const running = [];

async function start(starting) {
  const started = await starting;
  running.push(started);
  return started;
}

async function end(status) {
  await Promise.allSettled(running.reverse().map((it) => it.close()));
  process.exit(status);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(0));

try {
  let settings = {};
  if (program) {
    const contacts = fileURLToPath(new URL("../../target/contacts.jsonl", import.meta.url));
    const onEvent = (line) => console.log(`\nThe function got the event\n${line}\nand what it makes of it is in ${contacts}`);
    const { invoke } = await start(startFunction({ program, contacts, onEvent }));
    ({ settings } = await start(startFront({ deliver: invoke })));
  }
  const { url } = await start(startWorker(settings, { port: Number(process.argv[2]) }));
  console.log(`
The page is at ${url} (Ctrl-C ends it), and takes forms:

  curl -i --data 'name=Ada+Lovelace&email=ada%40example.com&message=Is+it+ready%3F' ${url}
`);
} catch (error) {
  console.error(`The demo cannot be run: ${error.message}`);
  await end(1);
}
