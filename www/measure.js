// The Web Worker that measures how fast a body becomes JSON. Its page ends it if the user stops the measurement.
import { formToJson, init } from "./formevent/entries/browser.js";
import { plainJson } from "./plain.js";

const ROUNDS = 9;
// Much longer than a step of the clock, which browsers make as coarse as a millisecond.
const SAMPLE_MS = 20;

const ready = init();

addEventListener("message", async ({ data: { body, options } }) => {
  try {
    await ready;
    measure(body, options);
  } catch (error) {
    postMessage({ problem: error.message });
  }
});

/** Posts the median time of one call of each way. The rounds interleave, so a slow phase of the machine affects both. */
function measure(body, options) {
  const ways = [
    { name: "formevent", run: () => formToJson(body, options) },
    { name: "plain JavaScript", run: () => plainJson(body, options) },
  ].map((way) => ({ ...way, answer: way.run(), times: [] }));
  if (ways[0].answer !== ways[1].answer) throw new Error("the two ways do not write the same JSON of this body");
  for (const way of ways) way.calls = enoughCalls(way);
  for (let round = 1; round <= ROUNDS; round++) {
    postMessage({ progress: `Round ${round} of ${ROUNDS} …` });
    for (const way of ways) way.times.push((sample(way, way.calls) * 1e6) / way.calls);
  }
  postMessage({
    ways: ways.map(({ name, times }) => ({ name, time: times.sort((a, b) => a - b)[ROUNDS >> 1] })),
    bytes: new TextEncoder().encode(body).length,
    about: `the median of ${ROUNDS} rounds of about ${SAMPLE_MS} ms or more each.`,
  });
}

// Returns how many calls fill a sample. The search also warms the code up.
function enoughCalls(way) {
  for (let calls = 1; ; calls *= 2) if (sample(way, calls) >= SAMPLE_MS) return calls;
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
