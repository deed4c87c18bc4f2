// Shows how fast the user's own body becomes JSON, with formevent and in plain JavaScript.
import { byId, element } from "./dom.js";
import { count, number } from "./text.js";

/** Draws a bar for each way, longer if it is faster, and compares them in words. */
export function showSpeed({ ways, bytes, about }) {
  const fastest = Math.min(...ways.map(({ time }) => time));
  const bars = ways.map(({ name, time }, index) => {
    const bar = element("div", { className: "bar" });
    bar.style.width = `${(100 * fastest) / time}%`;
    const figures = `${number(time)}\u00a0ns per call, ${number((bytes / time) * 1000)}\u00a0MB/s`;
    const track = element("div", { className: "track" }, bar);
    return element("li", { className: index ? "" : "own" }, element("div", {}, element("b", {}, name), `: ${figures}`), track);
  });
  byId("bars").replaceChildren(...bars);
  byId("verdict").textContent = verdict(ways);
  byId("speed-about").textContent =
    `Longer bars are faster. A body of ${count(bytes, "byte")}, ${about} Another browser or machine will differ.`;
}

/** Compares them in a sentence that has the same form whether formevent wins or loses. */
export function verdict([own, other]) {
  const by = other.time / own.time;
  if (Math.max(by, 1 / by) < 1.05) return `On this body ${own.name} and ${other.name} are equally fast.`;
  const [winner, loser] = by > 1 ? [own, other] : [other, own];
  return `On this body ${winner.name} is ${(loser.time / winner.time).toFixed(1)} times as fast as ${loser.name}.`;
}
