// The page. Input changes the state; the state is shown, and saved in the address.
import { byId, clip, count, element } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { post, posted } from "./form.js";
import { highlighted } from "./highlight.js";
import * as snippets from "./snippets.js";
import { contestants, measure, showSpeed } from "./speed.js";
import { showSplit } from "./split.js";
import { eventInfo, fromFragment, options, shapeOf, toFragment, withShape } from "./state.js";

// Mail and chat programs break longer addresses.
const MAX_FRAGMENT = 30_000;

const ABOUT = {
  json: "The event in compact form, as your function receives it.",
  command: "Prints the event with the command formevent, in a POSIX shell.",
  curl: "Posts this body from a POSIX shell. Replace the address with yours.",
  rust: "Prints the event with the crate formevent.",
  js: "Prints the event with the npm package formevent.",
};

const { state: stateForm, sample: sampleForm } = document.forms;
const controls = stateForm.elements;

let formevent;
let shapes;
// Kept here, not read back from the text areas, which turn CR LF into LF.
let state;
let event;
let snippet;

// ---- Showing the state

function show(next) {
  state = next;
  for (const [name, value] of Object.entries(state)) {
    if (name === "decode") controls.decode.checked = value;
    else if (controls[name].value !== value) controls[name].value = value;
  }
  update();
}

function update() {
  const { info, unread } = eventInfo(state);
  event = makeEvent(info);
  byId("example").value = EXAMPLES.findIndex(({ body }) => body === state.body);
  byId("body-size").textContent = count(byteLength(state.body), "byte");
  showDocument();
  showUnread("headers", unread.headers, "has no name before a colon");
  showUnread("extra", unread.extra, "has no name before an =");
  // Without `utf8`, so that the split shows even if strict UTF-8 refuses the event.
  showSplit(state.body, formevent.inspect(state.body, { rules: state.rules, decode: state.decode }));
  showEvent();
  showSnippet(info);
  stopMeasuring();
  byId("speed-results").hidden = true;
  saveSoon();
  announceSoon();
}

function makeEvent(info) {
  let shape;
  try {
    shape = shapeOf(state);
    return { shape, json: shapes.formToEvent(state.body, info, { ...options(state), shape }) };
  } catch (error) {
    if (error instanceof formevent.FormError) return { shape, error };
    // Only an own document can be wrong otherwise. Then the event has no shape.
    if (state.shape !== "own") throw error;
    return { error };
  }
}

function showDocument() {
  const { shape, error } = event;
  byId("document-field").hidden = state.shape !== "own";
  const problem = error instanceof SyntaxError ? `This is not JSON: ${error.message}` : error?.message;
  showProblem("document", shape === undefined ? `${problem}.` : "");
}

function showEvent() {
  const { shape, json, error } = event;
  byId("event").hidden = !json;
  byId("event-error").hidden = !error;
  if (error) {
    byId("event-size").textContent = "refused";
    byId("event-error-message").textContent = shape === undefined ? "your document is not a valid shape" : error.message;
    byId("event-error-details").hidden = shape === undefined;
    byId("event-error-code").textContent = error.code;
    byId("event-error-place").hidden = error.offset === undefined;
    byId("event-error-offset").textContent = error.offset;
  } else {
    byId("event-size").textContent = count(byteLength(json), "byte");
    byId("event").replaceChildren(...highlighted(json));
  }
}

function showSnippet(info) {
  const { copy } = state;
  const { shape, json } = event;
  const preset = { rules: "template", decode: false, shape, ...shapes.PRESETS[state.shape] };
  if (copy === "json" || shape === undefined) snippet = json;
  else snippet = snippets[copy](state, info, options(state), preset);
  byId("snippet-about").textContent = snippet === undefined ? "There is no event to copy." : ABOUT[copy];
  byId("snippet").hidden = snippet === undefined;
  byId("snippet").textContent = clip(snippet ?? "", 20_000);
  byId("copy-snippet").disabled = snippet === undefined;
  byId("copied").textContent = "";
}

function showUnread(name, lines, problem) {
  showProblem(name, lines.map((line) => `Line ${line} ${problem}, so it is left out.`).join(" "));
}

function showProblem(name, problem) {
  controls[name].setAttribute("aria-invalid", problem !== "");
  byId(`${name}-problem`).hidden = !problem;
  byId(`${name}-problem`).textContent = problem;
}

const byteLength = (text) => new TextEncoder().encode(text).length;

// ---- Announcing changes to screen readers

const announce = (text) => (byId("status").textContent = text);

// Waits for a pause in the typing, so that a screen reader does not speak at each key.
const announceSoon = debounce(1000, () => {
  const result = event.error ? `no event: ${event.error.message}` : `an event of ${byId("event-size").textContent}`;
  announce(`${byId("counts").textContent}, ${result}`);
});

function debounce(milliseconds, run) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
  };
}

// ---- The address

function save() {
  const fragment = toFragment(state);
  const fits = fragment.length <= MAX_FRAGMENT;
  byId("link-problem").hidden = fits;
  byId("copy-link").disabled = !fits;
  history.replaceState(null, "", fits && fragment ? `#${fragment}` : location.pathname + location.search);
}

// Browsers refuse to change the address as often as you can type.
const saveSoon = debounce(250, save);

// ---- Copying

async function copy(text, what, shown) {
  let message = `${what} copied.`;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // The browser forbids it, for example because the page did not come over HTTPS.
    getSelection().selectAllChildren(shown);
    message = "This browser does not let the page copy: copy the selected text yourself.";
  }
  byId("copied").textContent = message;
  announce(message);
}

// ---- Posting

async function postSample() {
  byId("post").disabled = true;
  const { about, event: answered } = await post(sampleForm);
  byId("post").disabled = false;
  byId("answer").hidden = false;
  byId("answer").textContent = about;
  byId("answer-event").hidden = answered === undefined;
  byId("answer-event").replaceChildren(...(answered === undefined ? [] : highlighted(answered)));
}

// ---- Measuring

let measuring;

function stopMeasuring() {
  measuring?.abort();
  measuring = undefined;
  byId("measure").textContent = "Measure";
  byId("progress").textContent = "";
}

async function startMeasuring() {
  const { signal } = (measuring = new AbortController());
  byId("measure").textContent = "Stop";
  byId("progress").textContent = "Warming up …";
  try {
    const ways = contestants(formevent.formToJson, state.body, options(state));
    const times = await measure(ways, signal, (text) => (byId("progress").textContent = text));
    stopMeasuring();
    showSpeed(ways, times, byteLength(state.body));
    byId("speed-results").hidden = false;
    announce(byId("verdict").textContent);
  } catch (error) {
    if (signal.aborted) return;
    stopMeasuring();
    byId("progress").textContent = `There is nothing to measure: ${error.message}.`;
  }
}

// ---- Listening

function listen() {
  // The controls are outside of their forms, so their events are caught at the document.
  document.addEventListener("input", ({ target }) => {
    if (target === controls.shape) {
      show(withShape(state, target.value, shapes.PRESETS));
    } else if (target.form === stateForm) {
      state[target.name] = target.type === "checkbox" ? target.checked : target.value;
      update();
    } else if (target.form === sampleForm) {
      show({ ...state, body: posted(sampleForm) });
    }
  });
  byId("fill").addEventListener("click", () => show({ ...state, body: posted(sampleForm) }));
  sampleForm.addEventListener("submit", (submission) => {
    submission.preventDefault();
    show({ ...state, body: posted(sampleForm) });
    void postSample();
  });
  byId("example").addEventListener("change", ({ target }) => {
    if (target.value >= 0) show({ ...state, body: EXAMPLES[target.value].body });
  });
  byId("copy-snippet").addEventListener("click", () => {
    copy(snippet, document.querySelector("[name=copy]:checked + span").textContent, byId("snippet"));
  });
  byId("copy-link").addEventListener("click", () => {
    save();
    copy(location.href, "Link", byId("snippet"));
  });
  byId("measure").addEventListener("click", () => (measuring ? stopMeasuring() : startMeasuring()));
  // Not `location`, which a delayed save may have changed again.
  addEventListener("hashchange", ({ newURL }) => show(fromFragment(new URL(newURL).hash)));
}

// ---- Start

byId("example").append(
  element("option", { value: -1, disabled: true }, "none: your own body"),
  ...EXAMPLES.map(({ name }, index) => element("option", { value: index }, name)),
);
// On a narrow screen these would push the rest of the page out of sight.
byId("form-details").open = byId("pairs-details").open = matchMedia("(min-width: 60rem)").matches;

try {
  formevent = await import("./formevent/entries/browser.js");
  shapes = await import("./formevent/dist/shapes.js");
  await formevent.init();
} catch (error) {
  byId("failure").textContent = `formevent could not be loaded, so this page does nothing. The browser says: ${error.message}`;
  byId("failure").hidden = false;
  throw error;
}
listen();
show(fromFragment(location.hash));
document.querySelector("main").inert = false;
