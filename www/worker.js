// The Web Worker that makes everything that the page shows of a body.
import { convert } from "./convert.js";
import { init } from "./formevent/entries/browser.js";

const ready = init();

// Set before the module is loaded, since messages do not wait for it.
addEventListener("message", async ({ data }) => {
  try {
    await ready;
  } catch (error) {
    postMessage({ failure: `formevent could not be loaded, so this page does nothing. The browser says: ${error.message}` });
    return;
  }
  try {
    postMessage({ result: convert(data) });
  } catch (error) {
    postMessage({ failure: `The page cannot show this body: ${error.message}.` });
  }
});
