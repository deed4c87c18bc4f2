// Times the first call: in a new Node process, including loading the package; in workerd, from its
// start to the first answer.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { median } from "./measure.js";
import { worker } from "./workerd.js";

const peers = {
  URLSearchParams: "JSON.stringify(Object.fromEntries(new URLSearchParams(body)))",
  "fast-querystring": 'JSON.stringify((await import("fast-querystring")).default.parse(body))',
  picoquery: 'JSON.stringify((await import("picoquery")).parse(body))',
  qs: 'JSON.stringify((await import("qs")).default.parse(body))',
  "node:querystring": 'JSON.stringify((await import("node:querystring")).default.parse(body))',
};
const calls = (runtime) => ({
  formevent: `(await import("../../pkg/entries/${runtime}.js")).formToJson(body, { rules: "whatwg", decode: true })`,
  ...peers,
});

const inNode = (body) => async (call) => {
  const script = `
    const body = ${JSON.stringify(body)};
    const start = performance.now();
    ${call};
    console.log(performance.now() - start);
  `;
  const options = { cwd: import.meta.dirname };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], options);
  return Number(stdout);
};

async function inWorkerd(name, call) {
  const launch = await worker(
    `cold-${name.replace(":", "-")}`,
    `
    export default {
      async fetch(request) {
        const body = await request.text();
        return new Response(${call});
      },
    };`,
  );
  return async (body) => {
    const begin = performance.now();
    const miniflare = launch();
    const response = await miniflare.dispatchFetch("http://localhost/", { method: "POST", body });
    await response.text();
    const took = performance.now() - begin;
    await miniflare.dispose();
    return took;
  };
}

/** Returns the results of the group js-cold. */
export async function cold(body, rounds) {
  const cases = {
    node: Object.entries(calls("inline")).map(([subject, call]) => [subject, () => inNode(body)(call)]),
    workerd: [],
  };
  for (const subject of ["formevent", "URLSearchParams"]) {
    const first = await inWorkerd(subject, calls("workerd")[subject]);
    cases.workerd.push([subject, () => first(body)]);
  }
  const results = [];
  for (const [name, subjects] of Object.entries(cases)) {
    const taken = subjects.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, [, milliseconds]] of subjects.entries()) taken[index].push(await milliseconds());
    }
    for (const [index, [subject]] of subjects.entries()) {
      results.push({ group: "js-cold", case: name, subject, ns: median(taken[index]) * 1e6, bytes: body.length });
    }
  }
  return results;
}
