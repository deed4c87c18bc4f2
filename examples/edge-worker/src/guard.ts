// A check that may refuse a request before the function is invoked.
import type { Settings } from "./settings.js";

/** Reads the settings of a guard, and returns its checks if it is on. */
export type Guard = (settings: Settings) => Checks | undefined;

/** Each throws a `Refusal`. */
export interface Checks {
  /** Looks at the body as it came, before it is parsed. */
  readonly body?: (request: Request, body: Uint8Array) => Promise<void>;
  /** Looks at the fields. */
  readonly fields?: (values: Values, request: Request, requestId: string) => Promise<void>;
  /** Changes the page. */
  readonly page?: (page: Response) => Promise<Response>;
}

/** The values of each field, percent-decoded. */
export type Values = ReadonlyMap<string, readonly string[]>;
