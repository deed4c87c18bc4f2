// `npm run demo -- [PORT] [SHAPE]` runs the edge worker with the page until you interrupt it. With
// CARGO_LAMBDA, the path of that program, the function of examples/lambda runs too, behind the stand-in for
// Lambda. If SHAPE is a proxy event, it is the function of examples/lambda-http.
import { fileURLToPath } from "node:url";

import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startWorker } from "./worker.js";

const program = process.env.CARGO_LAMBDA;
// `exit` also ends the child processes.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit());

try {
  const [port = "8787", shape] = process.argv.slice(2);
  let settings = {};
  if (program && /^proxy-/.test(shape)) {
    const onEvent = (line) => console.log(`\nThe function got the form\n${line}`);
    const name = "contact-form-http";
    const { invoke } = await startFunction({ program, name, onEvent });
    ({ settings } = await startFront({ functions: [name], deliver: invoke }));
  } else if (program) {
    const contacts = fileURLToPath(new URL("../../target/contacts.jsonl", import.meta.url));
    const onEvent = (line) => console.log(`\nThe function got the event\n${line}\nand stored it in ${contacts}`);
    const { invoke } = await startFunction({ program, contacts, onEvent });
    ({ settings } = await startFront({ deliver: invoke }));
  }
  if (shape) settings = { ...settings, SHAPE: shape };
  const { url } = await startWorker(settings, { port: Number(port) });
  console.log(`
The page is at ${url} (press Ctrl-C to end). To post a form, run:

  curl -i --data 'name=Ada+Lovelace&email=ada%40example.com&message=Is+it+ready%3F' ${url}
`);
} catch (error) {
  console.error(`The demo failed to start: ${error.message}`);
  process.exit(1);
}
