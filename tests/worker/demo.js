// `npm run demo -- [--port N] [--shape NAME] [--target NAME]` runs the edge worker with the page until you interrupt it.
// With --target the worker sends the events to that target, on moto. With CARGO_LAMBDA, the path of that program, they go to
// the function of examples/lambda: from the target, or from the stand-in for Lambda. If the shape is a proxy event, it is the
// function of examples/lambda-http.
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startMoto } from "./moto.js";
import { setUp } from "./targets.js";
import { startWorker } from "./worker.js";

const program = process.env.CARGO_LAMBDA;
// `exit` also ends the child processes.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit());

try {
  const options = { port: { type: "string", default: "8787" }, shape: { type: "string" }, target: { type: "string" } };
  const { port, shape, target } = parseArgs({ options }).values;
  const name = /^proxy-/.test(shape) ? "contact-form-http" : "contact-form";
  const contacts = name === "contact-form" ? fileURLToPath(new URL("../../target/contacts.jsonl", import.meta.url)) : undefined;
  const onEvent = (line) =>
    console.log(contacts ? `\nThe function got the event\n${line}\nand stored it in ${contacts}` : `\nThe function got the form\n${line}`);
  const deliver = program ? (await startFunction({ program, name, contacts, onEvent })).invoke : undefined;
  let settings = {};
  if (target) settings = await startTarget(target, deliver);
  else if (deliver) ({ settings } = await startFront({ functions: [name], deliver }));
  if (shape) settings = { ...settings, SHAPE: shape };
  const { url } = await startWorker(settings, { port: Number(port) });
  console.log(`
The page is at ${url} (press Ctrl-C to end). To post a form, run:

  curl -i --data 'name=Ada+Lovelace&email=ada%40example.com&message=Is+it+ready%3F' ${url}
`);
} catch (error) {
  fail(error);
}

/** Prints each event that arrives at a target, and delivers it. Returns the settings of a worker that sends events there. */
async function startTarget(name, deliver) {
  const { title, receive, settings } = await setUp(await startMoto(), name);
  const reading = async () => {
    for (;;) {
      for (const { text } of await receive()) {
        console.log(`\nThis event arrived at ${title}\n${text}`);
        await deliver?.(text).catch(({ message }) => console.error(`\nThe function did not take it: ${message}`));
      }
      await setTimeout(200);
    }
  };
  reading().catch(fail);
  return settings;
}

function fail({ message }) {
  console.error(`The demo failed: ${message}`);
  process.exit(1);
}
