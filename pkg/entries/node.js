// The same module and classes for those who import as for those who require.
import core from "./node.cjs";

export const {
  FormError,
  eventFromRequest,
  formToEvent,
  formToEventBytes,
  formToJson,
  formToJsonBytes,
  init,
  initSync,
  inspect,
} = core;
