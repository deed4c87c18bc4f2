// The worker's features beyond the event. Those that you delete here are not in the bundle.
import { parseMultipart } from "formevent/multipart";

import { formTime } from "./form-time.js";
import type { Guard } from "./guard.js";
import { events, lambda, type Service, type ServiceName, sns, sqs, states } from "./services.js";
import { turnstile } from "./turnstile.js";
import { signatures } from "./verify.js";

/** Reads forms with files. Without it, `multipart/form-data` is refused. */
export const multipart: typeof parseMultipart | undefined = parseMultipart;

/** The services that `TARGET` may name. */
export const services: { readonly [Name in ServiceName]?: Service } = { lambda, sqs, sns, events, states };

/** The checks that may refuse a request, in this order. Turnstile is last, since it accepts a token only once. */
export const guards: readonly Guard[] = [signatures, formTime, turnstile];
