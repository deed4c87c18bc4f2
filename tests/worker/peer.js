// What the worker uses of formevent, as one writes it at first: the peer of `cargo xtask load`.
export class FormError extends Error {}

export async function eventFromRequest(request, { headers, stage, sourceIp, extra }, { maxBytes, maxOutput }) {
  const body = await request.text();
  if (body.length > maxBytes) throw new FormError("too many bytes");
  const event = JSON.stringify({
    headers: Object.fromEntries(headers),
    querystring: Object.fromEntries(new URLSearchParams(body)),
    stage,
    sourceIp,
    userAgent: request.headers.get("user-agent") ?? "",
    ...Object.fromEntries(extra),
  });
  const bytes = new TextEncoder().encode(event);
  if (bytes.length > maxOutput) throw new FormError("too much output");
  return bytes;
}

export const inspect = () => ({ dropped: [] });
export const readBody = (request) => request.arrayBuffer();
