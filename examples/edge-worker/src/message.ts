// What a queue's message holds: the bytes of an event, or the event as text or as JSON, if a person or
// another program has sent it.

/** The event, in UTF-8. The error says nothing of what the message holds instead. */
export function readMessage(body: unknown): { bytes: Uint8Array; requestId: string } {
  try {
    const bytes =
      body instanceof ArrayBuffer ? new Uint8Array(body) : new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    const { requestId } = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) as { requestId: unknown };
    if (requestId && typeof requestId === "string") return { bytes, requestId };
  } catch {
    // Said below.
  }
  throw new Error("the message is no event: it has to be a JSON object with a string requestId");
}
