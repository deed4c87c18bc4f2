// Finds Chromium or Chrome.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const { CHROME_PATH, PATH = "" } = process.env;
if (CHROME_PATH && !existsSync(CHROME_PATH))
  throw new Error(`CHROME_PATH must be the path of Chromium or Chrome; there is no ${CHROME_PATH}`);

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const places = [
  ...PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))),
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Its path, if there is one: that of the environment variable CHROME_PATH, or else one of the usual places. */
export const chromium = CHROME_PATH || places.find((path) => existsSync(path));

/** Options of tests that need it. */
export const inChromium = { skip: chromium ? false : "there is no Chromium; you can set CHROME_PATH" };
