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

/** Options of {@link formToJsonStream}. */
export interface FormStreamOptions extends FormOptions {
  /**
   * The most bytes of the body to hold back. This limits the length of a segment, pair or not; unless
   * `duplicates` is `"keep"`, it limits the body. Default: 1 MiB. `Infinity` is no limit.
   */
  maxHeld?: number | undefined;
  /** Called with each dropped segment, in order. If it throws, the stream fails with that error. */
  onDropped?: ((dropped: Omit<DroppedSegment, "text">) => void) | undefined;
}

/** `TransformStream`, if TypeScript knows it. */
export type FormTransformStream = typeof globalThis extends { TransformStream: { prototype: infer T } } ? T : object;

/** An instance of the module, and addresses in its memory. */
type Instance = readonly [exports: Exports, converter: number, report: number, input: number];

// Each stream has an instance of its own, so that an abandoned stream is simply collected, and a trap
// ends one stream only. This one has finished and can be used again.
let spare: Instance | undefined;

function instanceOf(): Instance {
  const used = spare;
  spare = undefined;
  if (used) return used;
  const exports = instance();
  const converter = exports.converter_new();
  return [exports, converter, exports.converter_report(converter), exports.converter_reserve(converter, CHUNK, 0)];
}

/**
 * Converts a body that arrives in chunks into its object of pairs. `write` receives the JSON as it is
 * finished. `before` bytes of other JSON count towards `maxOutput`.
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
  const [exports, converter, report, input] = used;
  const outputLeft = maxOutput < MAX ? maxOutput - before : MAX;
  exports.converter_stream(converter, choices | (Number(!!onDropped) << BIT.reportDropped), maxBytes, maxPairs, outputLeft, maxHeld);

  // Converts the first `length` bytes of the input. MAX ends the body; do not call it after that, or after an error.
  const convert = (length: number): void => {
    let status: number;
    try {
      status = exports.converter_push(converter, length);
    } catch (error) {
      throw untrapped(error);
    }
    const { buffer } = exports.memory;
    const code = STATUSES[status] as (typeof STATUSES)[number];
    // Do not keep an instance whose memory has grown: it never shrinks.
    if ((status || length === MAX) && buffer.byteLength <= 1 << 20) spare = used;
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
        convert(end - at);
        at = end;
      } while (at < size);
    },
    end: () => convert(MAX),
  };
}

const STREAM_OPTIONS = [...OPTIONS, "maxHeld", "onDropped"];

/**
 * Returns a `TransformStream` from a body of any size to its JSON. However you cut the body into
 * chunks, the output is that of {@link formToJson} for the whole body, in UTF-8. The stream holds the
 * unfinished segment and the JSON of at most 64 KiB of the body.
 *
 * The stream fails with a {@link FormError} if the body exceeds a limit or `maxHeld`, or violates
 * strict UTF-8. The JSON written before that is incomplete. Limits must be below 4,294,967,295, or
 * `Infinity`; offsets in errors stop there.
 *
 * @throws {TypeError} if you pass an unknown option, or a value of the wrong type
 * @example
 * await request.body.pipeThrough(formToJsonStream({ decode: true })).pipeTo(destination);
 */
export function formToJsonStream(options: FormStreamOptions = {}): FormTransformStream {
  const choices = numbers(options, STREAM_OPTIONS);
  const { maxHeld = 1 << 20, onDropped } = options;
  if (onDropped !== undefined && typeof onDropped !== "function") throw wrong("onDropped", "a function", onDropped);
  for (const name of ["maxBytes", "maxPairs", "maxOutput"] as const) {
    const value = options[name];
    // A stream can be longer than 4 GiB, so a larger limit could not hold.
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
