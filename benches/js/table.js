// The timings for people: how many times as long the peers take, and which targets are missed.

/** How many times as long as formevent the best peer is to take, or the one that is named. */
const TARGETS = {
  raw: { tiny: 4, contact: 9, many: 10, long: 16, japanese: 15 },
  decode: { peer: "form_urlencoded+map", tiny: 4, contact: 10, many: 12, long: 15, japanese: 8 },
  event: { raw: 6, decode: 8 },
  "js-raw": { tiny: 1.8, contact: 4.5, many: 10, long: 2.2, japanese: 1 },
  "js-raw, bytes": { tiny: 1, contact: 1, many: 10, long: 4, japanese: 1 },
  "js-decode": { tiny: 1.8, contact: 7, many: 10, long: 18, japanese: 3.5 },
  "js-decode, bytes": { tiny: 1, contact: 1, many: 10, long: 26, japanese: 1 },
};
for (const group of Object.keys(TARGETS).filter((name) => name.startsWith("js-"))) {
  TARGETS[group.replace("js", "workerd")] = { ...TARGETS[group], tiny: Math.min(TARGETS[group].tiny, 1.5) };
}
const target = (group, name) => (group === "hostile" ? 1 : TARGETS[group]?.[name]);

/** The most that a byte of the largest body may cost, to one of the smallest. */
const GROWTH = 1.3;
/** The least of the native speed that WebAssembly is to have. */
const WASM = 0.5;

const time = (ns) => (ns < 1e4 ? `${ns.toFixed(1)} ns` : ns < 1e7 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`);

/** Prints the timings; the module's, if it was timed, beside those of the crate with the `baseline` of SIMD. */
export function print(timings, { baseline, module }) {
  const missed = [];
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
      const least = target(group, name);
      let verdict = "";
      if (least) {
        const { peer } = TARGETS[group] ?? {};
        ratios.delete("memcpy");
        const ratio = peer ? (ratios.get(peer) ?? 0) : Math.min(...ratios.values());
        verdict = `  ${least}${peer ? ` (${peer})` : ""}: ${ratio >= least ? "met" : "missed"}`;
        if (ratio < least) missed.push(`${group} ${name}: ${ratio.toFixed(2)}, not ${least}`);
      }
      console.log(`${name.padEnd(24)} ${time(ns).padStart(12)} ${(bytes / ns).toFixed(2).padStart(6)}${cells}${verdict}`);
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
  if (peer === "memcpy") return ratio.toFixed(4);
  return ratio < 1 ? `${ratio.toFixed(2)}!` : ratio.toFixed(2);
}
