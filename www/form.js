// What a browser posts for a form, and what the edge worker answers.

/**
 * The body of `form` as `application/x-www-form-urlencoded`. A browser turns line ends into CRLF
 * when it posts; `FormData` has them as the page does.
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#convert-to-a-list-of-name-value-pairs
 */
export function posted(form) {
  const entries = [...new FormData(form)].map(([name, value]) => [name, value.replace(/\r\n?|\n/g, "\r\n")]);
  return new URLSearchParams(entries).toString();
}

/** Posts `form` to where the page came from: what was answered in words, and the event if it was. */
export async function post(form) {
  let response;
  try {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    response = await fetch(form.action, { method: "POST", headers, body: posted(form) });
  } catch (error) {
    return { about: `The form could not be posted. The browser says: ${error.message}` };
  }
  const { status, headers } = response;
  if (headers.get("x-formevent") === "echo") {
    return { about: "The worker has no function to invoke, so it answered with the event:", event: await response.text() };
  }
  if (status === 202) {
    return { about: `202: the form was accepted, and the function gets its event. Its id is ${headers.get("x-request-id")}.` };
  }
  if (headers.get("content-type") === "application/problem+json") {
    return { about: `${status}: the form was not accepted: ${(await response.json()).detail}.` };
  }
  return { about: `There is no worker at this address, so nobody took the form. The answer was ${status}.` };
}
