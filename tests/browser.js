// Launches the browser for the tests, without its background requests.
import { chromium as playwright } from "playwright-core";

import { chromium, inChromium } from "./chromium.js";

export function launch() {
  if (!chromium) throw new Error(inChromium.skip);
  return playwright.launch({
    executablePath: chromium,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
