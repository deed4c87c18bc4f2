// Reading a request's body, up to a limit, into one buffer that grows as the body comes.
import { FormError, refusal } from "./errors.js";
import { type FormBytes, type FormHeaders, isUint8Array, lengthOfBytes, limit, wrong } from "./options.js";

/** What this package uses of a `Request`. */
export interface FormRequest {
  readonly headers: FormHeaders;
  readonly body?: object | null;
  readonly bodyUsed?: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** @internal The longest body that is read as a whole, and of longer ones how much is converted at once, in bytes. */
export const CHUNK = 1 << 16;

// The first buffer of a body whose length is not known, and at most that of others, in bytes.
const FIRST = 1 << 12;
const LARGEST_FIRST = 1 << 17;

/** @internal The request's headers, if its body is there to be read. */
export function headersOf(request: FormRequest): FormHeaders {
  if (typeof request?.headers?.get !== "function") throw wrong("the request", "a Request", request);
  if (request.bodyUsed) throw new TypeError("the request's body was used before");
  return request.headers;
}

/**
 * Reads the body of a request, for a caller who looks at it before making the event.
 *
 * Memory grows with the bytes that have come, whatever length the request claims, up to twice as
 * many. A longer body than `maxBytes` is not read to its end, nor at all if Content-Length says so.
 *
 * @param maxBytes the longest body, in bytes. Default: no limit
 * @throws {FormError} with the code `too-many-bytes`, or `unreadable-body` if the body breaks off
 * @throws {TypeError} if the request has no body to read, or `maxBytes` is no number
 */
export async function readBody(request: FormRequest, maxBytes?: number): Promise<FormBytes> {
  const body = await read(request, maxBytes);
  return body.length < body.buffer.byteLength ? body.slice() : body;
}

/**
 * The bytes of a body. `spill` is offered what has come so far whenever that fills the buffer and is
 * {@link CHUNK} or more; what it takes, with `true`, is not returned.
 * @internal
 */
export async function read(request: FormRequest, maxBytes: number | undefined, spill?: (bytes: Uint8Array) => boolean): Promise<FormBytes> {
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
  // Some browsers have no stream of a request's body.
  if (stream === undefined || (claimed <= CHUNK && typeof request.arrayBuffer === "function")) {
    const all = new Uint8Array(await readable(request.arrayBuffer(), 0));
    check(all.length);
    return all;
  }

  // A byte more than is claimed, so that the end comes with the last byte.
  let buffer: FormBytes = new Uint8Array(Math.min(claimed + 1 || FIRST, spill ? CHUNK : LARGEST_FIRST));
  // Of the buffer `length` bytes are read, and `before` bytes were taken before them.
  let length = 0;
  let before = 0;
  const makeRoom = (): void => {
    if (length < buffer.length) return;
    if (length >= CHUNK && spill?.(buffer)) {
      before += length;
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
      const at = before + length;
      const room = Math.min(buffer.length - length, max - at + 1);
      // Whole buffers, since each read costs more than its bytes, and a short chunk keeps 4 KiB.
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
    // The error does not wait for the source to end, nor give way to an error of its own.
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** workerd's reader that waits until a buffer is full: https://developers.cloudflare.com/workers/runtime-apis/streams/readablestreambyobreader/ */
interface FullReader {
  readAtLeast(bytes: number, buffer: Uint8Array): Promise<ReadableStreamReadResult<Uint8Array>>;
  cancel(reason: unknown): Promise<void>;
}

function readerOf(stream: ReadableStream<Uint8Array>): FullReader | ReadableStreamDefaultReader<Uint8Array> {
  if (typeof ReadableStreamBYOBReader === "function" && "readAtLeast" in ReadableStreamBYOBReader.prototype) {
    try {
      return stream.getReader({ mode: "byob" }) as unknown as FullReader;
    } catch {
      // A stream that a script made need not be one of bytes.
    }
  }
  return stream.getReader();
}

/** What reading gives; a failure of it is the body's. */
async function readable<T>(reading: Promise<T>, offset: number): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw FormError.of("unreadable-body", `the body broke off at byte offset ${offset}, or cannot be read: ${cause}`, { offset, cause });
  }
}
