// Posts a body to the edge worker that serves the page, and describes its answer.

/** The header by which a worker without a function takes the settings of one event. */
export const SETTINGS = "x-formevent-settings";

/** Writes JSON for a header, which holds ASCII only. */
export const headerJson = (value) =>
  JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * Returns the body that a browser posts for `form`. Browsers turn line ends into CRLF when they post;
 * `FormData` does not.
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#convert-to-a-list-of-name-value-pairs
 */
export function posted(form) {
  const pairs = [...new FormData(form)].map(([key, value]) => [key, value.replace(/\r\n?|\n/g, "\r\n")]);
  return new URLSearchParams(pairs).toString();
}

/** Posts `body` to `address`. Returns the answer in words, and the event if the server echoed it. */
export async function post(address, body, settings) {
  let response;
  try {
    const headers = { "content-type": "application/x-www-form-urlencoded", [SETTINGS]: headerJson(settings) };
    response = await fetch(address, { method: "POST", headers, body });
  } catch (error) {
    return { about: `The body could not be posted. The browser says: ${error.message}` };
  }
  const { status, headers } = response;
  if (headers.get("x-formevent") === "echo") {
    return { about: "The worker has no function to invoke, so it answered with the event:", event: await response.text() };
  }
  if (status === 202) {
    return { about: `202: the form was accepted, and the function receives its event. The id is ${headers.get("x-request-id")}.` };
  }
  if (headers.get("content-type") === "application/problem+json") {
    return { about: `${status}: the form was refused: ${(await response.json()).detail}.` };
  }
  return { about: `There is no worker at this address, so nobody received the form. The answer was ${status}.` };
}
