// Sends requests that are made to exhaust a worker, and measures the peak memory and the CPU time of its
// workerd process. Run as a program, it compares the worker with a peer that uses `request.text()`.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { cpuTime, memory, workerdsOf } from "../process.js";
import { peer, startWorker } from "./worker.js";

const FORM = "application/x-www-form-urlencoded";

/** Opens a raw HTTP/1.1 request. `status` resolves to the status of the answer; `close` ends the connection. */
async function open(url, headers) {
  const socket = connect(url.port, url.hostname);
  await once(socket, "connect");
  let text = "";
  socket.setMaxListeners(0);
  const status = new Promise((resolve) => {
    socket.on("data", (data) => {
      text += data;
      const match = /^HTTP\/1\.1 (\d+)/.exec(text);
      if (match) resolve(Number(match[1]));
    });
    socket.on("close", () => resolve(undefined));
    socket.on("error", () => resolve(undefined));
  });
  socket.write(`POST / HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: ${FORM}\r\n${headers}\r\n\r\n`);
  return {
    status,
    async write(data) {
      if (!socket.write(data) && !socket.destroyed) await Promise.race([once(socket, "drain"), status]);
    },
    close: () => socket.destroy(),
  };
}

/** Sends a body of `bytes` bytes in packets of 200, after its length or in chunks of one byte. */
const drip =
  (bytes, { announced = false } = {}) =>
  async (url) => {
    const request = await open(url, announced ? `Content-Length: ${bytes}` : "Transfer-Encoding: chunked");
    const chunked = (text) => Buffer.from(announced ? text : Array.from(text, (byte) => `1\r\n${byte}\r\n`).join(""));
    await request.write(chunked("a="));
    for (let sent = 2; sent < bytes; sent += 200) {
      await request.write(chunked("x".repeat(Math.min(200, bytes - sent))));
      // Keeps the packets from arriving as one.
      if (sent % 10_000 < 200) await setTimeout(1);
    }
    if (!announced) await request.write("0\r\n\r\n");
    const status = await request.status;
    request.close();
    return [status];
  };

/** Starts uploads that claim 900 KB and stall after `bytes` bytes. */
const stalled = (count, bytes) => async (url) => {
  const body = Buffer.from("a=".padEnd(bytes, "x"));
  const requests = await Promise.all(
    Array.from({ length: count }, async () => {
      const request = await open(url, "Content-Length: 900000");
      await request.write(body);
      return request;
    }),
  );
  await setTimeout(1_000);
  for (const request of requests) request.close();
  return [];
};

/** Posts a whole body `count` times. */
const posted =
  (body, count = 1) =>
  async (url) => {
    const statuses = [];
    for (let posts = 0; posts < count; posts++) {
      const response = await fetch(url, { method: "POST", body, headers: { "content-type": FORM } });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    return statuses;
  };

export const ATTACKS = {
  "60 KB, a byte at a time": drip(60_000),
  "500 KB, a byte at a time": drip(500_000),
  "900 KB, a byte at a time": drip(900_000),
  "900 KB, announced, 200 bytes at a time": drip(900_000, { announced: true }),
  "200 uploads that stall after 80 KB": stalled(200, 80_000),
  "1,000 uploads that stall after 2 bytes": stalled(1_000, 2),
  "1 MB of x&": posted("x&".repeat(500_000)),
  "1 MB of NUL": posted(`a=${"\0".repeat(999_998)}`),
};

/** Runs an attack against the worker in `folder` with these settings. */
export async function attack(name, settings, folder) {
  const before = workerdsOf(process.pid);
  const worker = await startWorker(settings, folder ? { folder } : {});
  const [id] = workerdsOf(process.pid).filter((id) => !before.includes(id));
  try {
    // Load and compile everything first, also the code for long bodies.
    await posted("a=1&b=%22", 20)(worker.url);
    await posted("a=".padEnd(150_000, "x%22"), 20)(worker.url);
    const [rss, cpu] = [memory(id, "VmRSS"), cpuTime(id)];
    const statuses = await ATTACKS[name](worker.url);
    const total = memory(id, "VmHWM");
    return { statuses, total, memory: total - rss, cpu: Math.round((cpuTime(id) - cpu) / 1_000) };
  } finally {
    await worker.close();
  }
}

const SETTINGS = [
  {},
  { DECODE: "true" },
  { RULES: "whatwg" },
  { UTF8: "strict" },
  { DUPLICATES: "last" },
  { DROPPED: "refuse" },
  { DROPPED: "pass" },
];

async function table() {
  const columns = ["MiB", "peer", "ratio", "CPU ms", "peer", "ratio"];
  console.log(`${"".padEnd(62)}${columns.map((word) => word.padStart(8)).join("")}`);
  for (const name of Object.keys(ATTACKS)) {
    // The peer has no settings.
    const other = await attack(name, {}, peer());
    for (const settings of SETTINGS) {
      const { memory, cpu, total, statuses } = await attack(name, settings);
      const figures = [total, other.total, (total / other.total).toFixed(2), cpu, other.cpu, (cpu / other.cpu).toFixed(2)];
      const [setting] = Object.entries(settings);
      const title = `${name}${setting ? `, ${setting.join("=")}` : ""}${statuses.length ? ` (${statuses})` : ""}, ${memory} MiB more`;
      console.log(`${title.padEnd(62)}${figures.map((figure) => String(figure).padStart(8)).join("")}`);
    }
  }
  console.log("\nMiB: peak of the whole process. CPU: of the whole attack.");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await table();
