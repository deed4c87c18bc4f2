export { DUPLICATES, RULES, UTF8 } from "./abi.js";
export { type FormRequest, readBody } from "./body.js";
export { FormError, type FormErrorCode } from "./errors.js";
export { eventFromRequest, formToEvent, formToEventBytes } from "./events.js";
export {
  type DroppedReason,
  type DroppedSegment,
  type FormInspection,
  type FormInspectOptions,
  type FormPair,
  type FormRepeatedKey,
  formToJson,
  formToJsonBytes,
  inspect,
} from "./forms.js";
export { type FormModuleSource, init, initSync } from "./memory.js";
export type { EventInfo, FormBody, FormBytes, FormHeaders, FormMembers, FormOptions } from "./options.js";
export { type FormStreamOptions, type FormTransformStream, formToJsonStream } from "./streams.js";
