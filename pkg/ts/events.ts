import { BIT, MAX } from "./abi.js";
import { type FormRequest, headersOf, read } from "./body.js";
import { outOfMemory, refusal } from "./errors.js";
import { bytesOut, call, halves, text } from "./memory.js";
import {
  type EventInfo,
  type FormBody,
  type FormBytes,
  type FormOptions,
  type Numbers,
  numbers,
  type Strings,
  stringsOf,
} from "./options.js";
import { streaming } from "./streams.js";

/**
 * Returns the event of a body as JSON:
 * `{"headers":{…},"querystring":{…},"stage":"…","sourceIp":"…","userAgent":"…"}`, then the members
 * of `info.extra`. The pairs are in `querystring`, the mapping template's name for them.
 *
 * @throws {FormError} as {@link formToJson}, and if an extra member has a name that the event already has
 * @throws {TypeError} as {@link formToJson}
 * @example
 * formToEvent("name=Ada", { stage: "prod", sourceIp: "192.0.2.1" });
 */
export function formToEvent(body: FormBody, info?: EventInfo, options?: FormOptions): string {
  call("event", body, numbers(options), stringsOf(info));
  return text();
}

/** As {@link formToEvent}, in UTF-8, without making a string of it. */
export function formToEventBytes(body: FormBody, info?: EventInfo, options?: FormOptions): FormBytes {
  call("event", body, numbers(options), stringsOf(info));
  return bytesOut();
}

/**
 * Returns the event of a request, in UTF-8: its body, its headers and its user agent, unless `info`
 * has others. It does not look at the content type. Wrong arguments are found before the body is
 * taken.
 *
 * A body of more than 64 KiB becomes the event while it comes, as with {@link formToJsonStream}:
 * memory grows with the event, not with the body, and after an error no more is read. (With
 * `duplicates` other than `"keep"`, for more than eight such bodies at once, and in a browser without
 * `request.body`, the whole body is read first.) If more than one thing is wrong, the error is then
 * the first in the body.
 *
 * @throws {FormError} as {@link formToEvent}, and with the code `unreadable-body` if the body breaks off
 * @throws {TypeError} as {@link formToEvent}
 */
export async function eventFromRequest(request: FormRequest, info: EventInfo = {}, options: FormOptions = {}): Promise<FormBytes> {
  const own = headersOf(request);
  // Wrong arguments are found before the body is taken.
  const strings = stringsOf(info, own);
  const choices = numbers(options);
  let long: LongEvent | undefined;
  const spill = (bytes: Uint8Array): boolean => {
    long ??= longEvent(choices, strings);
    long?.push(bytes);
    return !!long;
  };
  try {
    // If repeated keys matter, the whole body is needed.
    const body = await read(request, options.maxBytes, choices[0] >> BIT.duplicates ? undefined : spill);
    if (long) return long.end(body);
    call("event", body, choices, strings);
    return bytesOut();
  } finally {
    long?.release();
  }
}

// The most bodies that become their events while they come. Each has an instance of the module, so
// that many slow uploads do not take more memory than what they have sent.
let free = 8;
// A runtime may end a request, and with it what waits for its body, without a word.
const abandoned = typeof FinalizationRegistry === "function" ? new FinalizationRegistry(() => free++) : undefined;

/** An event that is written while its body comes. */
interface LongEvent {
  push(bytes: Uint8Array): void;
  /** Takes the rest of the body, and returns the event. */
  end(rest: Uint8Array): FormBytes;
  release(): void;
}

/** Begins one, unless there are too many already. */
function longEvent(choices: Numbers, strings: Strings): LongEvent | undefined {
  if (!free) return undefined;
  call("event", "", [choices[0] | (1 << BIT.around), MAX, MAX, MAX], strings);
  const [before, after] = halves();
  const max = choices[3];
  const parts: FormBytes[] = [];
  let length = 0;
  let read = 0;
  const write = (part: FormBytes, offset: number): void => {
    parts.push(part);
    length += part.length;
    if (length > max) throw max < MAX ? refusal("too-much-output", offset, max) : outOfMemory();
  };
  write(before, 0);
  const stream = streaming(choices, MAX, (part) => write(part, 0), undefined, length);
  const event: LongEvent = {
    push(bytes) {
      read += bytes.length;
      stream.push(bytes);
    },
    end(rest) {
      event.push(rest);
      stream.end();
      write(after, read);
      const all = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
    release() {
      if (abandoned?.unregister(event) ?? true) free++;
    },
  };
  free--;
  abandoned?.register(event, undefined, event);
  return event;
}
