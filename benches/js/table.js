// The timings for people: how many times as long the peers take, and which targets are missed.

/** The same for structs of strings, and of strings that are borrowed. */
const TYPED = [{ peer: "serde_urlencoded", struct: 3, "struct-str": 5 }];

/** No peers: what takes less than the task, or does less. */
const BOUNDS = ["memcpy", "clone", "formevent, max_pairs"];

/** How many times as long as formevent the best peer is to take, or the one that is named: with AVX-512, and with AVX2. */
const NATIVE = {
  raw: [{ tiny: 4.5, contact: 15, many: 25, long: 50, japanese: 45 }],
  decode: [
    { peer: "form_urlencoded+serde_json", tiny: 5, contact: 15, many: 25, long: 27, japanese: 25 },
    { peer: "ada-url", contact: 12, many: 22, long: 20, japanese: 9.5 },
  ],
  event: [{ raw: 7, decode: 9 }],
  typed: TYPED,
  multipart: [{ fields: 6, "fields-json": 5, file: 3 }],
};
const AVX2 = {
  raw: [{ tiny: 4.5, contact: 9.5, many: 14, long: 42, japanese: 42 }],
  decode: [
    { peer: "form_urlencoded+serde_json", tiny: 5, contact: 12, many: 16, long: 18, japanese: 18 },
    { peer: "ada-url", contact: 9, many: 15, long: 14, japanese: 7 },
  ],
  event: [{ raw: 6, decode: 8 }],
  typed: TYPED,
  multipart: [{ fields: 6, "fields-json": 5, file: 3 }],
};
const JS = {
  "js-raw": { tiny: 1.8, contact: 4.5, many: 10, long: 2.2, japanese: 1 },
  "js-raw, bytes": { tiny: 1, contact: 1, many: 10, long: 4, japanese: 1 },
  "js-decode": { tiny: 1.8, contact: 7, many: 10, long: 18, japanese: 3.5 },
  "js-decode, bytes": { tiny: 1, contact: 1, many: 10, long: 26, japanese: 1 },
};

/** The targets of a case: a peer, or none for the best, and a ratio each. */
function targets(group, name, hasAvx512) {
  if (group.startsWith("hostile")) return [{ least: 1 }];
  const js = JS[group.replace("workerd", "js")]?.[name];
  if (js) return [{ least: group.startsWith("workerd") && name === "tiny" ? Math.min(js, 1.5) : js }];
  const native = group.endsWith(AVX2_ALONE) || !hasAvx512 ? AVX2 : NATIVE;
  const all = native[group.replace(AVX2_ALONE, "")] ?? [];
  return all.filter((target) => target[name]).map((target) => ({ peer: target.peer, least: target[name] }));
}

/** The end of a group's name if its timings are those of the crate limited to AVX2. */
export const AVX2_ALONE = ", AVX2";

/** The most that a byte of the largest body may cost, to one of the smallest. */
const GROWTH = 1.3;
/** The least of the native speed that WebAssembly is to have. */
const WASM = 0.5;

const time = (ns) => (ns < 1e4 ? `${ns.toFixed(1)} ns` : ns < 1e7 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`);

/** Prints the timings; the module's, if it was timed, beside those of the crate with the `baseline` of SIMD. */
export function print(timings, { baseline, module }) {
  const missed = [];
  const hasAvx512 = timings.some(({ group }) => group.endsWith(AVX2_ALONE));
  const sections = Map.groupBy(
    timings.map((timing) => {
      const bytes = timing.subject.endsWith("-bytes");
      return { ...timing, group: bytes ? `${timing.group}, bytes` : timing.group, subject: timing.subject.replace(/-bytes$/, "") };
    }),
    ({ group }) => group,
  );
  console.log("\nThe peers' columns tell how many times as long they take; `!` where that is less.");
  for (const [group, all] of sections) {
    const peers = [...new Set(all.map(({ subject }) => subject))].filter((subject) => subject !== "formevent");
    const columns = peers.map((peer) => `  ${peer.padStart(8)}`).join("");
    console.log(`\n${group.padEnd(24)}    formevent   GB/s${columns}  target`);
    for (const { case: name, ns, bytes } of all.filter(({ subject }) => subject === "formevent")) {
      const ratios = new Map(
        all.filter((peer) => peer.case === name && peer.subject !== "formevent").map((peer) => [peer.subject, peer.ns / ns]),
      );
      const cells = peers.map((peer) => `  ${cell(peer, ratios.get(peer)).padStart(Math.max(peer.length, 8))}`).join("");
      for (const bound of BOUNDS) ratios.delete(bound);
      const verdicts = targets(group, name, hasAvx512).map(({ peer, least }) => {
        const ratio = peer ? (ratios.get(peer) ?? 0) : Math.min(...ratios.values());
        const beside = peer ? ` (${peer})` : "";
        if (ratio < least) missed.push(`${group} ${name}${beside}: ${ratio.toFixed(2)}, not ${least}`);
        return `  ${least}${beside}: ${ratio >= least ? "met" : "missed"}`;
      });
      console.log(`${name.padEnd(24)} ${time(ns).padStart(12)} ${(bytes / ns).toFixed(2).padStart(6)}${cells}${verdicts.join("")}`);
    }
  }

  const growth = (sections.get("growth") ?? []).filter(({ subject }) => subject === "formevent");
  for (const [title, decoded] of Object.entries({ raw: false, decoded: true })) {
    const costs = growth.filter((timing) => timing.case.endsWith("-decoded") === decoded).map(({ ns, bytes }) => ns / bytes);
    if (costs.length === 0) continue;
    const [least, most] = [Math.min(...costs), Math.max(...costs)];
    const ratio = most / least;
    const line = `growth, ${title}: ${least.toFixed(2)} to ${most.toFixed(2)} ns/byte, ${ratio.toFixed(2)} times, ${GROWTH} at most`;
    console.log(`\n${line}`);
    if (ratio > GROWTH) missed.push(line);
  }
  for (const { group, ns } of module ? baseline : []) {
    const ratio = ns / module[group];
    const line = `wasm, ${group}, long: ${time(module[group])} in the module, ${ratio.toFixed(2)} of the crate's speed with the SIMD of every such machine (${time(ns)}), ${WASM} at least`;
    console.log(`\n${line}`);
    if (ratio < WASM) missed.push(line);
  }
  if (missed.length > 0) console.log(`\nMissed:\n  ${missed.join("\n  ")}`);
}

function cell(peer, ratio) {
  if (ratio === undefined) return "-";
  if (BOUNDS.includes(peer)) return ratio.toFixed(4);
  return ratio < 1 ? `${ratio.toFixed(2)}!` : ratio.toFixed(2);
}
