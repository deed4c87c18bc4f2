import { BIT, MAX, REASONS, STATUSES } from "./abi.js";
import { CHUNK } from "./body.js";
import { refusal, untrapped } from "./errors.js";
import type { DroppedSegment } from "./forms.js";
import { type Exports, instance } from "./memory.js";
import {
  bodyOf,
  type FormBytes,
  type FormOptions,
  isBytes,
  lengthOfBytes,
  limit,
  type Numbers,
  numbers,
  OPTIONS,
  wrong,
} from "./options.js";

/** How a stream of a body becomes JSON. */
export interface FormStreamOptions extends FormOptions {
  /**
   * The most bytes of the body to hold back: with the rules `"template"` the longest pair, with
   * `duplicates` other than `"keep"` the longest body. Default: 1 MiB. `Infinity` is no limit.
   */
  maxHeld?: number | undefined;
  /**
   * Is called with each dropped segment, in order. If it throws, the stream ends with that error.
   */
  onDropped?: ((dropped: Omit<DroppedSegment, "text">) => void) | undefined;
}

/** `TransformStream`, if TypeScript knows it. */
export type FormTransformStream = typeof globalThis extends { TransformStream: { prototype: infer T } } ? T : object;

/** The converter of an instance, by the module's own exports. */
interface Instance {
  exports: Exports;
  converter: number;
  report: number;
  input: number;
}

// An instance that no stream uses any more. Each stream has one of its own: what a reader leaves
// unread goes when it is collected, and a trap ends that stream alone.
let spare: Instance | undefined;

function instanceOf(): Instance {
  const used = spare;
  spare = undefined;
  if (used) return used;
  const exports = instance();
  const converter = exports.converter_new();
  return { exports, converter, report: exports.converter_report(converter), input: exports.converter_reserve(converter, CHUNK, 0) };
}

/**
 * Makes a body that comes in chunks into its object of pairs. `write` gets the finished JSON,
 * `onDropped` each dropped segment. `before` is how much other JSON counts towards `maxOutput`.
 * @internal
 */
export function streaming(
  [choices, maxBytes, maxPairs, maxOutput]: Numbers,
  maxHeld: number,
  write: (bytes: FormBytes) => void,
  onDropped?: FormStreamOptions["onDropped"],
  before = 0,
): { push(bytes: Uint8Array): void; end(): void } {
  const used = instanceOf();
  const { exports, converter, report, input } = used;
  const most = maxOutput < MAX ? maxOutput - before : MAX;
  exports.converter_stream(converter, choices | (Number(!!onDropped) << BIT.reportDropped), maxBytes, maxPairs, most, maxHeld);

  // Takes the first `length` bytes of the input, or MAX for the end of the body; that or an error is the last.
  const take = (length: number): void => {
    let status: number;
    try {
      status = exports.converter_push(converter, length);
    } catch (error) {
      throw untrapped(error);
    }
    const { buffer } = exports.memory;
    const code = STATUSES[status] as (typeof STATUSES)[number];
    // One that has held much back keeps that memory, and is not used again.
    if ((code !== "done" || length === MAX) && buffer.byteLength <= 1 << 20) spare = used;
    const [out, outLength, offset, limit, dropped, count] = new Uint32Array(buffer, report, 6) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (code !== "done") throw refusal(code, offset, code === "too-much-output" ? limit + before : limit);
    if (outLength) write(new Uint8Array(buffer, out, outLength).slice());
    if (!onDropped) return;
    const list = new Uint32Array(buffer, dropped, 2 * count).slice();
    for (let at = 0; at < list.length; at += 2) {
      onDropped({ offset: list[at] as number, reason: REASONS[list[at + 1] as number] as (typeof REASONS)[number] });
    }
  };
  return {
    push(bytes) {
      const size = lengthOfBytes(bytes);
      let at = 0;
      do {
        const end = Math.min(size, at + CHUNK);
        new Uint8Array(exports.memory.buffer, input, CHUNK).set(bytes.subarray(at, end));
        take(end - at);
        at = end;
      } while (at < size);
    },
    end: () => take(MAX),
  };
}

const STREAM_OPTIONS = [...OPTIONS, "maxHeld", "onDropped"];

/**
 * Returns a transform stream from a body to its object of pairs: the JSON that {@link formToJson}
 * makes of the whole body, in chunks of UTF-8, however the body is cut. Bodies may be of any size; the
 * stream holds back the pair that it is reading, and the JSON of 64 KiB of the body at a time. Limits
 * are below 4,294,967,295, or none; offsets stop there.
 *
 * The stream ends in a {@link FormError} if the body passes a limit, violates strict UTF-8, or has
 * more than `maxHeld` bytes to hold back. The JSON that came out before it is then incomplete.
 *
 * @throws {TypeError} if an option is of the wrong type, unknown, or has an unknown value
 * @example
 * await request.body.pipeThrough(formToJsonStream({ decode: true })).pipeTo(destination);
 */
export function formToJsonStream(options: FormStreamOptions = {}): FormTransformStream {
  const choices = numbers(options, STREAM_OPTIONS);
  const { maxHeld = 1 << 20, onDropped } = options;
  if (onDropped !== undefined && typeof onDropped !== "function") throw wrong("onDropped", "a function", onDropped);
  for (const name of ["maxBytes", "maxPairs", "maxOutput"] as const) {
    const value = options[name];
    // Here more than memory has may come, and a limit that does not hold is none.
    if (value !== undefined && value >= MAX && value !== Infinity) throw wrong(name, `below ${MAX}, or Infinity, in a stream`, value);
  }
  let json: TransformStreamDefaultController<FormBytes>;
  const { push, end } = streaming(choices, limit("maxHeld", maxHeld), (bytes) => json.enqueue(bytes), onDropped);
  return new TransformStream<Uint8Array | ArrayBuffer, FormBytes>({
    start: (controller) => {
      json = controller;
    },
    transform(chunk) {
      if (!isBytes(chunk)) throw wrong("each chunk", "a Uint8Array or an ArrayBuffer", chunk);
      push(bodyOf(chunk) as FormBytes);
    },
    flush: end,
  }) as FormTransformStream;
}
