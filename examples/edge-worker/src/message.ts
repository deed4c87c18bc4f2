// Reads an event from a queue's message. The worker sends events as bytes; people and other programs
// may also send text or JSON.

/** Returns the event in UTF-8. The error does not repeat the message, which may be confidential. */
export function readMessage(body: unknown): { bytes: Uint8Array; requestId: string } {
  try {
    const bytes =
      body instanceof ArrayBuffer ? new Uint8Array(body) : new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    const { requestId } = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) as { requestId: unknown };
    if (requestId && typeof requestId === "string") return { bytes, requestId };
  } catch {
    // Not JSON: reported below.
  }
  throw new Error("the message is not an event: it must be a JSON object with a string requestId");
}
