// Reads a request's body, up to a limit, into one buffer that grows as the body arrives.
import { FormError, refusal } from "./errors.js";
import { type FormBytes, type FormHeaders, isUint8Array, lengthOfBytes, limit, wrong } from "./options.js";

/** The part of a `Request` that this package uses. */
export interface FormRequest {
  readonly headers: FormHeaders;
  readonly body?: object | null;
  readonly bodyUsed?: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** @internal Bodies longer than this may be converted while they arrive, this many bytes at a time. */
export const CHUNK = 1 << 16;

// Whether this is workerd, whose readers can wait until a buffer is full, and whose `arrayBuffer` does the same.
const isFilling = typeof ReadableStreamBYOBReader === "function" && "readAtLeast" in ReadableStreamBYOBReader.prototype;

// Up to this announced length, the runtime reads the body, in half the time of a stream. Elsewhere it may keep each
// chunk, however short, until the end.
const WHOLE = isFilling ? 1 << 20 : CHUNK;

// Bytes of the first buffer of our own.
const FIRST_BUFFER = 1 << 12;

/** @internal Returns the request's headers, or throws if its body is already used. */
export function headersOf(request: FormRequest): FormHeaders {
  if (typeof request?.headers?.get !== "function") throw wrong("the request", "a Request", request);
  if (request.bodyUsed) throw new TypeError("the request's body is already used");
  return request.headers;
}

/**
 * Reads the body of a request, so that you can look at it before you make the event.
 *
 * Memory grows with the bytes that arrive, up to twice as many, whatever length the request claims.
 * Reading stops as soon as the body exceeds `maxBytes`; it does not even start if Content-Length
 * says that it will.
 *
 * @param maxBytes the longest body to accept, in bytes. Default: no limit
 * @throws {FormError} with the code `too-many-bytes`, or `unreadable-body` if the body breaks off
 * @throws {TypeError} if `request` is not a request, its body is already used, or `maxBytes` is not a limit
 */
export async function readBody(request: FormRequest, maxBytes?: number): Promise<FormBytes> {
  const body = await read(request, maxBytes);
  return body.length < body.buffer.byteLength ? body.slice() : body;
}

/**
 * Reads a body. Each time the buffer is full with {@link CHUNK} bytes or more, `drain` may consume
 * them by returning `true`. Returns the bytes that it did not consume.
 * @internal
 */
export async function read(request: FormRequest, maxBytes: number | undefined, drain?: (bytes: Uint8Array) => boolean): Promise<FormBytes> {
  const headers = headersOf(request);
  limit("maxBytes", maxBytes);
  const max = maxBytes ?? Infinity;
  const check = (bytes: number): void => {
    if (bytes > max) throw refusal("too-many-bytes", max, max);
  };
  const stream = request.body as ReadableStream<Uint8Array> | null | undefined;
  const claimed = Number(headers.get("content-length") ?? NaN);
  if (claimed > max) stream?.cancel().catch(() => {});
  check(claimed);
  if (stream === null) return new Uint8Array();
  // Some browsers have no `request.body`.
  if (stream === undefined || (claimed <= WHOLE && typeof request.arrayBuffer === "function")) {
    const all = new Uint8Array(await readable(request.arrayBuffer(), 0));
    check(all.length);
    return all;
  }

  let buffer: FormBytes = new Uint8Array(FIRST_BUFFER);
  // `length` bytes are in the buffer; `drained` bytes came before them.
  let length = 0;
  let drained = 0;
  const makeRoom = (): void => {
    if (length < buffer.length) return;
    if (length >= CHUNK && drain?.(buffer)) {
      drained += length;
      length = 0;
    } else {
      const larger = new Uint8Array(2 * length);
      larger.set(buffer);
      buffer = larger;
    }
  };

  const reader = readerOf(stream);
  try {
    for (;;) {
      makeRoom();
      const at = drained + length;
      const room = Math.min(buffer.length - length, max - at + 1);
      // Fill whole buffers: a read costs more than its bytes, and each short chunk keeps 4 KiB alive.
      const { value, done } = await readable(
        "readAtLeast" in reader ? reader.readAtLeast(room, buffer.subarray(length, length + room)) : reader.read(),
        at,
      );
      if (value && "readAtLeast" in reader) {
        buffer = new Uint8Array(value.buffer as ArrayBuffer);
        length += value.length;
        check(at + value.length);
      }
      if (done) return buffer.subarray(0, length);
      if ("readAtLeast" in reader) continue;
      if (!isUint8Array(value)) throw wrong("each chunk of the request's body", "a Uint8Array", value);
      const size = lengthOfBytes(value);
      check(at + size);
      for (let taken = 0; taken < size; ) {
        makeRoom();
        const end = Math.min(size, taken + buffer.length - length);
        buffer.set(value.subarray(taken, end), length);
        length += end - taken;
        taken = end;
      }
    }
  } catch (error) {
    // Neither wait for the source to stop, nor let an error of its own replace this one.
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** A reader of workerd that waits until the buffer is full: https://developers.cloudflare.com/workers/runtime-apis/streams/readablestreambyobreader/ */
interface FullReader {
  readAtLeast(bytes: number, buffer: Uint8Array): Promise<ReadableStreamReadResult<Uint8Array>>;
  cancel(reason: unknown): Promise<void>;
}

function readerOf(stream: ReadableStream<Uint8Array>): FullReader | ReadableStreamDefaultReader<Uint8Array> {
  if (isFilling) {
    try {
      return stream.getReader({ mode: "byob" }) as unknown as FullReader;
    } catch {
      // A stream that a script made may not be a byte stream.
    }
  }
  return stream.getReader();
}

/** Awaits a read, and reports its failure as a body that cannot be read. */
async function readable<T>(reading: Promise<T>, offset: number): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw FormError.of("unreadable-body", `the body cannot be read past byte offset ${offset}: ${cause}`, { offset, cause });
  }
}
