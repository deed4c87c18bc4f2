import { FormError } from "./index.js";
import type { MultipartForm } from "./multipart.js";

/** @internal Returns an error of a form's urlencoded body as one of the body that was sent. It has the offset of the part. */
export function relocated(error: unknown, form: MultipartForm): unknown {
  if (!(error instanceof FormError) || error.offset === undefined) return error;
  const offset = form.partAt(error.offset)?.offset ?? form.body.length;
  const message = error.message.replace(/(?<=byte offset )\d+/, String(offset));
  return FormError.of(error.code, message, { ...error, offset, cause: error });
}
