// `npm run demo -- [PORT]` runs the edge worker with the page until you interrupt it. With CARGO_LAMBDA,
// the path of that program, the function of examples/lambda runs too, behind the stand-in for Lambda.
import { fileURLToPath } from "node:url";

import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startWorker } from "./worker.js";

const program = process.env.CARGO_LAMBDA;
// `exit` also ends the child processes.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit());

try {
  let settings = {};
  if (program) {
    const contacts = fileURLToPath(new URL("../../target/contacts.jsonl", import.meta.url));
    const onEvent = (line) => console.log(`\nThe function got the event\n${line}\nand stored it in ${contacts}`);
    const { invoke } = await startFunction({ program, contacts, onEvent });
    ({ settings } = await startFront({ deliver: invoke }));
  }
  const { url } = await startWorker(settings, { port: Number(process.argv[2] ?? 8787) });
  console.log(`
The page is at ${url} (press Ctrl-C to end). To post a form, run:

  curl -i --data 'name=Ada+Lovelace&email=ada%40example.com&message=Is+it+ready%3F' ${url}
`);
} catch (error) {
  console.error(`The demo failed to start: ${error.message}`);
  process.exit(1);
}
