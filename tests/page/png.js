// Makes a screenshot smaller: Chromium filters each line as if for a photograph, which costs a fifth.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE_LENGTH = 8;
const RGB = 3;

/** Returns the same image without filters. https://www.w3.org/TR/png-3/ */
export function unfiltered(png) {
  const chunks = [...chunksOf(png)];
  const data = (type) => Buffer.concat(chunks.filter((chunk) => chunk.type === type).map((chunk) => chunk.data));
  const header = data("IHDR");
  if (header[8] !== 8 || header[9] !== 2) throw new Error("the image is not RGB with 8 bits");
  const lines = inflateSync(data("IDAT"));
  const length = 1 + RGB * header.readUInt32BE(0);
  for (let start = 0; start < lines.length; start += length) unfilter(lines, start, length);
  const written = [
    ["IHDR", header],
    ["IDAT", deflateSync(lines, { level: 9 })],
    ["IEND", Buffer.alloc(0)],
  ];
  return Buffer.concat([png.subarray(0, SIGNATURE_LENGTH), ...written.flatMap(([type, data]) => chunk(type, data))]);
}

function* chunksOf(png) {
  for (let at = SIGNATURE_LENGTH; at < png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    yield { type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, end) };
    at = end + 4;
  }
}

// A line begins with the number of its filter.
function unfilter(lines, start, length) {
  const filter = lines[start];
  lines[start] = 0;
  for (let at = start + 1; at < start + length; at++) {
    const hasLeft = at > start + RGB;
    const left = hasLeft ? lines[at - RGB] : 0;
    const above = start ? lines[at - length] : 0;
    const aboveLeft = start && hasLeft ? lines[at - length - RGB] : 0;
    lines[at] += [0, left, above, (left + above) >> 1, paeth(left, above, aboveLeft)][filter];
  }
}

function paeth(left, above, aboveLeft) {
  const guess = left + above - aboveLeft;
  const distance = (value) => Math.abs(guess - value);
  if (distance(left) <= distance(above) && distance(left) <= distance(aboveLeft)) return left;
  return distance(above) <= distance(aboveLeft) ? above : aboveLeft;
}

function chunk(type, data) {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const number = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  return [number(data.length), typed, number(crc32(typed))];
}
