// `npm run stream`: the peak memory of streams by the body's size, of examples/stream.rs and in workerd.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { memory } from "../process.js";
import { large } from "./large.js";

const SIZES = [16, 128, 1_024];
const PIECE = Buffer.from("name=Ada+L.&email=ada%40example.com&text=caf%C3%A9+%22noir%22%0D%0A&n=1&".repeat(800));

async function native(mib) {
  const program = fileURLToPath(new URL("../../target/release/examples/stream", import.meta.url));
  const stream = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(stream, "close");
  let written = 0;
  stream.stdout.on("data", ({ length }) => (written += length));
  const began = performance.now();
  for (let left = mib << 20; left > 0; left -= PIECE.length) {
    if (!stream.stdin.write(PIECE)) await once(stream.stdin, "drain");
  }
  const most = memory(stream.pid, "VmHWM");
  stream.stdin.end();
  const [status] = await ended;
  if (status !== 0 || written < mib << 19) throw new Error(`the stream ended with ${status} after ${written} bytes`);
  return { most, seconds: (performance.now() - began) / 1_000 };
}

const rows = [
  ...SIZES.map((mib) => ["native", mib]),
  ...["loop", "pipe"].flatMap((how) => SIZES.map((mib) => [how, mib])),
  ["nothing", SIZES.at(-1)],
  ...SIZES.map((mib) => ["event", mib]),
];
console.log("                  body, MiB   most memory, MiB          s");
for (const [how, mib] of rows) {
  const { most, seconds } = how === "native" ? await native(mib) : await large(mib, how);
  const title = how === "native" ? how : `workerd, ${how}`;
  console.log(`${title.padEnd(18)}${[mib, most, seconds.toFixed(1)].map((text, at) => String(text).padStart([9, 19, 11][at])).join("")}`);
}
console.log(`
Memory is that of the whole process. loop: reads and writes in a loop; pipe: pipeThrough; nothing: pipeThrough of a
stream that only copies; event: eventFromRequest, of a body that is dropped.`);
