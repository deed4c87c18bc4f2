// The page. Input changes the state; a Web Worker makes what is shown of it, and the address saves it.
import { showEvent, showTemplate } from "./compare.js";
import { byId, element, showIf } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { post, posted } from "./form.js";
import { highlighted } from "./highlight.js";
import { showSpeed } from "./speed.js";
import { showSplit } from "./split.js";
import { fromFragment, options, toFragment, withShape } from "./state.js";
import { clip, number } from "./text.js";
import { newestJob, startWorker } from "./workers.js";

// Mail and chat programs break longer addresses.
const MAX_FRAGMENT = 30_000;
// A text area takes seconds to lay out a longer text.
const MAX_EDITED = 100_000;

const ABOUT = {
  json: "The event in compact form, as your function receives it.",
  command: "Prints the event with the command formevent, in a POSIX shell.",
  curl: "Posts this body, with these options, to the worker that serves this page, from a POSIX shell.",
  rust: "Prints the event with the crate formevent.",
  js: "Prints the event with the npm package formevent.",
};

const { state: stateForm, sample: sampleForm } = document.forms;
const controls = stateForm.elements;
const address = new URL("./", location.href).href;
const main = document.querySelector("main");

let presets;
let convert;
// Kept here, not read back from the text areas, which turn CR LF into LF.
let state;
/** The worker's result for the state, once `settled` is fulfilled. */
let made;
let settled = Promise.withResolvers();

// ---- Showing the state

function show(next) {
  state = next;
  for (const [name, value] of Object.entries(state)) {
    if (name === "body") showBody();
    else if (name === "decode") controls.decode.checked = value;
    else if (controls[name].value !== value) controls[name].value = value;
  }
  update();
}

function showBody() {
  const { body } = controls;
  const isLong = state.body.length > MAX_EDITED;
  const text = isLong ? state.body.slice(0, 2000) : state.body;
  if (body.value !== text) body.value = text;
  body.readOnly = isLong;
  showIf(isLong, "long-view");
}

function update() {
  if (main.ariaBusy !== "true") settled = Promise.withResolvers();
  main.ariaBusy = "true";
  for (const button of exampleButtons) button.ariaPressed = String(EXAMPLES[button.value].body === state.body);
  showIf(state.shape === "own", "document-field");
  showIf(replaced !== undefined, "undo-view");
  stopMeasuring();
  showIf(false, "speed-results");
  convert({ state, address });
  saveSoon();
}

function onMade({ result, failure }) {
  showFailure(failure ?? "");
  if (failure) return;
  made = result;
  showProblem("document", made.problem ?? "");
  showUnread("headers", made.unread.headers, "has no name before a colon");
  showUnread("extra", made.unread.extra, "has no name before an =");
  showSplit(made.body);
  showTemplate(made.template);
  showEvent(made, state);
  showSnippet();
  if (asked !== undefined && asked !== request()) showIf(false, "answer", "answer-event");
  announceSoon();
  main.inert = false;
  main.ariaBusy = "false";
  settled.resolve();
}

function showFailure(failure) {
  byId("failure").textContent = failure;
  showIf(failure, "failure");
}

function showLoadFailure(reason) {
  showFailure(`formevent could not be loaded, so this page does nothing. The browser says: ${reason}`);
}

function showSnippet() {
  const { snippet } = made;
  byId("snippet-about").textContent = snippet === undefined ? "There is no event to copy." : ABOUT[state.copy];
  showIf(snippet !== undefined, "snippet");
  byId("snippet").textContent = clip(snippet ?? "", 20_000);
  byId("copy-snippet").disabled = snippet === undefined;
  byId("copied").textContent = "";
}

function showUnread(name, lines, problem) {
  showProblem(name, lines.map((line) => `Line ${line} ${problem}, so it is left out.`).join(" "));
}

function showProblem(name, problem) {
  controls[name].ariaInvalid = String(problem !== "");
  showIf(problem, `${name}-problem`);
  byId(`${name}-problem`).textContent = problem;
}

// ---- Replacing the body

// The body that the form has made, and the user's own that an example or the form has replaced.
let filled;
let replaced;

function replaceBody(body) {
  const isOwn = state.body !== "" && state.body !== filled && !EXAMPLES.some((example) => example.body === state.body);
  if (isOwn && state.body !== body) replaced = state.body;
  show({ ...state, body });
}

function fillBody() {
  const body = posted(sampleForm);
  replaceBody(body);
  filled = body;
}

function bringBack() {
  const body = replaced;
  replaced = undefined;
  replaceBody(body);
  byId("body").focus();
}

// The browser would lay out the whole text first.
function pasteLong(paste) {
  const { value, selectionStart, selectionEnd, readOnly } = controls.body;
  const text = paste.clipboardData.getData("text/plain");
  if (readOnly || value.length + text.length <= MAX_EDITED) return;
  paste.preventDefault();
  show({ ...state, body: value.slice(0, selectionStart) + text + value.slice(selectionEnd) });
}

// ---- Announcing changes to screen readers

const announce = (text) => (byId("status").textContent = text);

// Waits for a pause in the typing, so that a screen reader does not speak at each key.
const announceSoon = debounce(1000, () => {
  const event = made.error ? `no event: ${made.error.message}` : `an event of ${byId("event-size").textContent}`;
  announce(`${byId("counts").textContent}, ${event}. The mapping template: ${byId("template-outcome").textContent}`);
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
  // Encoding never makes a text shorter, and megabytes take long.
  const isHuge = state.body.length > MAX_FRAGMENT;
  const fragment = isHuge ? "" : toFragment(state);
  const fits = !isHuge && fragment.length <= MAX_FRAGMENT;
  const needed = isHuge ? `more than ${number(state.body.length)}` : number(fragment.length);
  byId("link-problem").textContent = fits
    ? ""
    : `There is no link: it would have ${needed} characters, and mail and chat programs break links of more than ${number(MAX_FRAGMENT)}. Make the body or your document shorter.`;
  showIf(!fits, "link-problem");
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

// The request that was answered. The answer goes away when the body or the settings change.
let asked;
const request = () => JSON.stringify([state.body, made.settings]);

async function postBody() {
  byId("post").disabled = true;
  await settled.promise;
  asked = request();
  const { about, event } = await post(address, state.body, made.settings);
  byId("post").disabled = false;
  if (asked !== request()) return;
  showIf(true, "answer");
  byId("answer").textContent = about;
  showIf(event !== undefined, "answer-event");
  byId("answer-event").replaceChildren(...(event === undefined ? [] : highlighted(event, made)));
}

// ---- Measuring

let measuring;

function stopMeasuring() {
  measuring?.terminate();
  measuring = undefined;
  byId("measure").textContent = "Measure";
  byId("progress").textContent = "";
}

function startMeasuring() {
  measuring = startWorker("measure.js");
  byId("measure").textContent = "Stop";
  byId("progress").textContent = "Warming up …";
  measuring.addEventListener("message", ({ data }) => {
    if (data.progress) {
      byId("progress").textContent = data.progress;
      return;
    }
    stopMeasuring();
    if (data.problem) {
      byId("progress").textContent = `There is nothing to measure: ${data.problem}.`;
    } else {
      showSpeed(data);
      showIf(true, "speed-results");
      announce(byId("verdict").textContent);
    }
  });
  measuring.postMessage({ body: state.body, options: options(state) });
}

// ---- Listening

function listen() {
  // The controls are outside of their forms, so their events are caught at the document.
  document.addEventListener("input", ({ target }) => {
    if (target === controls.shape) {
      show(withShape(state, target.value, presets));
    } else if (target.form === stateForm) {
      state[target.name] = target.type === "checkbox" ? target.checked : target.value;
      if (target === controls.body) showBody();
      update();
    } else if (target.form === sampleForm) {
      fillBody();
    }
  });
  controls.body.addEventListener("paste", pasteLong);
  sampleForm.addEventListener("submit", (submission) => {
    submission.preventDefault();
    fillBody();
  });
  for (const button of exampleButtons) button.addEventListener("click", () => replaceBody(EXAMPLES[button.value].body));
  byId("to-form").addEventListener("click", () => byId("sample-name").focus());
  byId("undo").addEventListener("click", bringBack);
  byId("clear").addEventListener("click", () => {
    show({ ...state, body: "" });
    controls.body.focus();
  });
  for (const button of byId("fixes").children) {
    const { option, value } = button.dataset;
    button.addEventListener("click", () => {
      show({ ...state, [option]: option === "decode" || value });
      // The button goes away, and with it the focus.
      byId("event").focus({ preventScroll: true });
    });
  }
  byId("copy-snippet").addEventListener("click", async () => {
    await settled.promise;
    copy(made.snippet, document.querySelector("[name=copy]:checked + span").textContent, byId("snippet"));
  });
  byId("copy-link").addEventListener("click", () => {
    save();
    copy(location.href, "Link", byId("snippet"));
  });
  byId("post").addEventListener("click", postBody);
  byId("measure").addEventListener("click", () => (measuring ? stopMeasuring() : startMeasuring()));
  // Not `location`, which a delayed save may have changed again.
  addEventListener("hashchange", ({ newURL }) => show(fromFragment(new URL(newURL).hash)));
}

// ---- Start

const exampleButtons = EXAMPLES.map(({ name }, index) => element("button", { type: "button", value: index }, name));
byId("to-form").before(...exampleButtons);
// On a narrow screen the options would push the comparison out of sight.
byId("options-details").open = matchMedia("(min-width: 48rem)").matches;

try {
  presets = (await import("./formevent/dist/shapes.js")).PRESETS;
} catch (error) {
  showLoadFailure(error.message);
  throw error;
}
const worker = startWorker("worker.js");
worker.addEventListener("error", ({ message }) => showLoadFailure(message ?? "a file of the page is missing"));
convert = newestJob(worker, onMade);
listen();
show(fromFragment(location.hash));
