// Measures how fast the user's own body becomes JSON, compared with two ways without formevent.
import { byId, count, element, number } from "./dom.js";

const ROUNDS = 9;
// Much longer than a step of the clock, which browsers make as coarse as a millisecond.
const SAMPLE_MS = 20;

function viaSearchParams(body) {
  return JSON.stringify(Object.fromEntries(new URLSearchParams(body)));
}

function viaSplit(body) {
  const entries = [];
  for (const segment of body.split("&")) {
    const at = segment.indexOf("=");
    if (at > 0 && at === segment.lastIndexOf("=")) entries.push([segment.slice(0, at), segment.slice(at + 1)]);
  }
  return JSON.stringify(Object.fromEntries(entries));
}

/** Returns the three ways, each with its answer for `body`. */
export function contestants(formToJson, body, options) {
  return [
    { name: "formevent", run: () => formToJson(body, options) },
    { name: "URLSearchParams + JSON.stringify", run: () => viaSearchParams(body) },
    { name: "plain split + JSON.stringify", run: () => viaSplit(body) },
  ].map((way) => ({ ...way, answer: way.run() }));
}

/**
 * Returns the median time of one call of each, in nanoseconds. The rounds interleave, so that a slow
 * phase of the machine affects all of them, and the page stays responsive between samples.
 */
export async function measure(ways, signal, onRound) {
  const calls = [];
  for (const way of ways) calls.push(await enoughCalls(way, signal));
  const samples = ways.map(() => []);
  for (let round = 1; round <= ROUNDS; round++) {
    onRound(`Round ${round} of ${ROUNDS} …`);
    for (const [index, way] of ways.entries()) {
      await yieldToPage(signal);
      samples[index].push((sample(way, calls[index]) * 1e6) / calls[index]);
    }
  }
  return samples.map((times) => times.sort((a, b) => a - b)[ROUNDS >> 1]);
}

// Returns how many calls fill a sample. The search also warms the code up.
async function enoughCalls(way, signal) {
  for (let calls = 1; ; calls *= 2) {
    await yieldToPage(signal);
    if (sample(way, calls) >= SAMPLE_MS) return calls;
  }
}

// Returns the milliseconds that `calls` calls take. It uses their answers, so that they are not
// optimised away.
function sample({ run, answer }, calls) {
  let length = 0;
  const start = performance.now();
  for (let call = 0; call < calls; call++) length += run().length;
  const time = performance.now() - start;
  if (length !== calls * answer.length) throw new Error("an answer changed while it was measured");
  return time;
}

async function yieldToPage(signal) {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}

/** Draws a bar for each way, longer if it is faster, and compares them in words. */
export function showSpeed(ways, times, bytes) {
  const fastest = Math.min(...times);
  const bars = ways.map(({ name, answer }, index) => {
    const time = times[index];
    const bar = element("div", { className: "bar" });
    bar.style.width = `${(100 * fastest) / time}%`;
    const figures = `${number(time)}\u00a0ns per call, ${number((bytes / time) * 1000)}\u00a0MB/s`;
    const same = answer === ways[0].answer ? "the same JSON as formevent" : "other JSON than formevent";
    const note = index ? element("span", { className: "muted" }, ` (${same})`) : "";
    const track = element("div", { className: "track" }, bar);
    return element("li", { className: index ? "" : "own" }, element("div", {}, element("b", {}, name), `: ${figures}`, note), track);
  });
  byId("bars").replaceChildren(...bars);
  byId("verdict").textContent = verdict(ways, times);
  byId("speed-about").textContent =
    `Longer bars are faster. A body of ${count(bytes, "byte")}, the median of ${ROUNDS} rounds of about ` +
    `${SAMPLE_MS} ms or more each. Another browser or machine will differ.`;
}

/** Compares them in a sentence that has the same form whether formevent wins or loses. */
export function verdict(ways, [own, ...others]) {
  const parts = others.map((time, index) => {
    const { name } = ways[index + 1];
    if (Math.max(own / time, time / own) < 1.05) return `formevent and ${name} are equally fast`;
    return time > own
      ? `formevent is ${(time / own).toFixed(1)} times as fast as ${name}`
      : `${name} is ${(own / time).toFixed(1)} times as fast as formevent`;
  });
  return `On this body ${parts.join(", and ")}.`;
}
