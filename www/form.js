// What a browser posts for a form.

/**
 * The body of `form` as `application/x-www-form-urlencoded`. A browser turns line ends into CRLF
 * when it posts; `FormData` has them as the page does.
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#convert-to-a-list-of-name-value-pairs
 */
export function posted(form) {
  const entries = [...new FormData(form)].map(([name, value]) => [name, value.replace(/\r\n?|\n/g, "\r\n")]);
  return new URLSearchParams(entries).toString();
}
