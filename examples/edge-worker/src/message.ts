// Reads an event from a queue's message. The worker sends events as bytes; people and other programs
// may also send text or JSON.

/**
 * Returns the event in UTF-8, and the request's id, to which the names of `idPath` lead. If the event has
 * no place for one, the message's own id stands in. The error does not repeat the message, which may be
 * confidential.
 */
export function readMessage({ id, body }: Message, idPath: readonly string[] | undefined): { bytes: Uint8Array; requestId: string } {
  try {
    const bytes =
      body instanceof ArrayBuffer ? new Uint8Array(body) : new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    let value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    if (!idPath) return { bytes, requestId: id };
    for (const name of idPath) value = (value as Record<string, unknown>)[name];
    if (value && typeof value === "string") return { bytes, requestId: value };
  } catch {
    // Not JSON, or nothing has the next name: reported below.
  }
  throw new Error(`the message is not an event: it must be JSON${idPath ? ` with a string ${idPath.join(".")}` : ""}`);
}
