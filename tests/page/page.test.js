// Tests the demo page in Chromium. `npm run site` assembles it. It is served from a sub-path, so that
// absolute URLs fail.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch } from "../browser.js";
import { serve } from "../serve.js";
import { unfiltered } from "./png.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SITE = path.join(ROOT, "target/site");
for (const file of ["index.html", "formevent/entries/browser.js", "formevent/dist/core.js", "formevent/dist/formevent.wasm"]) {
  assert.ok(existsSync(path.join(SITE, file)), `${file} is missing in ${SITE}`);
}

const SCREENSHOTS = path.join(ROOT, "target/screenshots");
// README shows these. `UPDATE_SCREENSHOTS=1 npm run test:page` makes them again.
const IMAGES = path.join(ROOT, "docs/src/images");
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site;
let address;
let browser;

before(async () => {
  site = await serve(SITE, { base: "/some/where/" });
  address = site.url;
  browser = await launch();
  await mkdir(SCREENSHOTS, { recursive: true });
});

after(async () => {
  await browser?.close();
  site?.close();
});

/**
 * Runs a test on a new page. The test also fails if the console shows an error or a warning, if the
 * Content-Security-Policy is violated, or if a request leaves the page's own folder.
 */
function pageTest(name, run, { state = {}, context = {}, works = true, allowed = () => false, prepare = async () => {} } = {}) {
  test(name, async (t) => {
    const own = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
    t.after(() => own.close());
    await own.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await own.newPage();
    page.setDefaultTimeout(120_000);
    const problems = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(address)) problems.push(`a request to ${request.url()}`);
    });
    await page.exposeFunction("violated", (directive) => problems.push(`a violation of ${directive}`));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (violation) => window.violated(violation.violatedDirective));
    });
    await prepare(page);
    await page.goto(address + fragment(state));
    await page.locator(works ? "main:not([inert])" : "main[inert]").waitFor();
    if (works) settleAfterActions(page);
    await run(page, t);
    assert.deepEqual(
      problems.filter((problem) => !allowed(problem)),
      [],
    );
  });
}

function fragment(state) {
  const text = new URLSearchParams(state).toString();
  return text && `#${text}`;
}

// The event with the page's defaults.
const event = (querystring) =>
  `{"headers":{"Host":"api.example.com","Content-Type":"application/x-www-form-urlencoded"},"querystring":${querystring},"stage":"prod","sourceIp":"192.0.2.1","userAgent":"curl/8.5.0"}`;

/** Waits until the page shows its state: a Web Worker computes it. */
const settled = (page) => page.locator("main[aria-busy=false]").waitFor();

// So that no test looks at the page before it shows what the action has changed.
function settleAfterActions(page) {
  for (const name of ["fill", "click", "check", "uncheck", "selectOption"]) {
    const act = page[name].bind(page);
    page[name] = async (...args) => {
      await act(...args);
      await settled(page);
    };
  }
}

async function text(page, selector) {
  await settled(page);
  return page.locator(selector).textContent();
}

async function texts(page, selector) {
  await settled(page);
  return page.locator(selector).allTextContents();
}

const openAll = (page) =>
  page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });

// Changes the address as a user does, and waits until the page has followed. The page itself never
// writes an empty key, so the address always changes.
async function setState(page, state) {
  await page.evaluate(
    (hash) =>
      new Promise((resolve) => {
        addEventListener("hashchange", resolve, { once: true });
        location.hash = hash;
      }),
    fragment({ ...state, "": "" }),
  );
  await settled(page);
}

const announced = (page, start) => page.waitForFunction((start) => document.querySelector("#status").textContent.startsWith(start), start);

// Returns the text that a button copies. Overwrites the clipboard first, so that an earlier copy cannot
// pass for this one.
async function copied(page, button) {
  await page.evaluate(async () => {
    document.querySelector("#copied").textContent = "";
    await navigator.clipboard.writeText("nothing");
  });
  await settled(page);
  await page.click(button);
  await page.locator("#copied", { hasText: "copied." }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

describe("typing a body", () => {
  pageTest("shows each segment in its place, with the reason if it is dropped", async (page) => {
    const body = "&name=Ada&newsletter&a=b=c&&=x&note=";
    await page.fill("#body", "");
    await page.locator("#body").pressSequentially(body);
    assert.equal(await text(page, "#counts"), "2 pairs, 3 dropped");

    // Without the reasons, the text of the split equals the body.
    const shown = await page.evaluate(() => {
      const split = document.querySelector("#split").cloneNode(true);
      for (const reason of split.querySelectorAll(".reason")) {
        reason.previousSibling.remove();
        reason.remove();
      }
      return split.textContent;
    });
    assert.equal(shown, body);
    assert.deepEqual(await page.locator("#split li").evaluateAll((items) => items.map((item) => item.lastElementChild.className)), [
      "pair",
      "dropped",
      "dropped",
      "dropped",
      "pair",
    ]);
    assert.deepEqual(await texts(page, "#split .key"), ["name", "note"]);
    assert.deepEqual(await texts(page, "#split .value"), ["Ada", ""]);
    assert.deepEqual(await texts(page, "#split .dropped .text"), ["newsletter", "a=b=c", "=x"]);
    assert.deepEqual(await texts(page, "#split .reason"), ["no =", "more than one =", "no key before the ="]);
    assert.deepEqual(await page.locator("#split .dropped").evaluateAll((chips) => chips.map((chip) => chip.title)), [
      "Dropped, at byte offset 10: no = (no-equals)",
      "Dropped, at byte offset 21: more than one = (many-equals)",
      "Dropped, at byte offset 28: no key before the = (empty-key)",
    ]);
    assert.deepEqual(await texts(page, "#dropped li"), [
      "newsletter at byte 10: no =",
      "a=b=c at byte 21: more than one =",
      "=x at byte 28: no key before the =",
    ]);
    assert.deepEqual(await page.locator("#split .pair").evaluateAll((chips) => chips.map((chip) => chip.title)), [
      "A pair, at byte offset 1",
      "A pair, at byte offset 31",
    ]);
    assert.equal(await text(page, "#snippet"), event('{"name":"Ada","note":""}'));
  });

  pageTest("marks the keys that repeat, also in decoded form", async (page) => {
    await page.fill("#body", "a=1&b=2&%61=3&a=4");
    assert.deepEqual(await texts(page, "#split .repeated"), ["a=1 key 1 of 2", "a=4 key 2 of 2"]);
    await page.check("[name=decode]");
    assert.deepEqual(await texts(page, "#split .repeated"), ["a=1 key 1 of 3", "%61=3 key 2 of 3", "a=4 key 3 of 3"]);
  });

  pageTest("offers the values that formevent knows", async (page) => {
    const { RULES, DUPLICATES, UTF8 } = await import(path.resolve(SITE, "formevent/dist/core.js"));
    const { SHAPES } = await import(path.resolve(SITE, "formevent/dist/shapes.js"));
    for (const [name, values] of Object.entries({ shape: [...SHAPES, "own"], rules: RULES, duplicates: DUPLICATES, utf8: UTF8 })) {
      const offered = await page.locator(`#${name} option`).evaluateAll((options) => options.map(({ value }) => value));
      assert.deepEqual(offered, [...values]);
    }
  });

  pageTest("shows the event, indented and highlighted, with its size", async (page) => {
    await page.selectOption("#duplicates", "keep");
    await page.fill("#body", String.raw`path=C:\new&a=1&a={"2":[]}&__proto__=x&2=b&1=a`);
    const compact = event(String.raw`{"path":"C:\\new","a":"1","a":"{\"2\":[]}","__proto__":"x","2":"b","1":"a"}`);
    assert.equal(await text(page, "#snippet"), compact);
    assert.equal(
      await text(page, "#event"),
      String.raw`{
  "headers": {
    "Host": "api.example.com",
    "Content-Type": "application/x-www-form-urlencoded"
  },
  "querystring": {
    "path": "C:\\new",
    "a": "1",
    "a": "{\"2\":[]}",
    "__proto__": "x",
    "2": "b",
    "1": "a"
  },
  "stage": "prod",
  "sourceIp": "192.0.2.1",
  "userAgent": "curl/8.5.0"
}`,
    );
    const names = [
      "headers",
      "Host",
      "Content-Type",
      "querystring",
      "path",
      "a",
      "a",
      "__proto__",
      "2",
      "1",
      "stage",
      "sourceIp",
      "userAgent",
    ];
    assert.deepEqual(
      await texts(page, "#event .name"),
      names.map((name) => `"${name}"`),
    );
    assert.deepEqual((await texts(page, "#event .string")).slice(2, 5), ['"C:\\\\new"', '"1"', '"{\\"2\\":[]}"']);
    assert.equal(await text(page, "#event-size"), `${compact.length} bytes`);
  });

  pageTest("never creates markup", async (page) => {
    const markup = "<img src=x onerror=alert(1)>&k=<b>bold</b>";
    await page.fill("#body", markup);
    assert.deepEqual(await texts(page, "#split .value"), ["<b>bold</b>"]);
    assert.equal(await page.locator("main img, .case b").count(), 0);
  });

  pageTest("accepts an empty body", async (page) => {
    await page.fill("#body", "");
    assert.equal(await text(page, "#split"), "The body is empty.");
    assert.equal(await text(page, "#snippet"), event("{}"));
    await page.fill("#body", "&&");
    assert.equal(await text(page, "#split"), "&&");
    assert.equal(await text(page, "#counts"), "0 pairs, 0 dropped");
  });

  pageTest("shows offsets in bytes", async (page) => {
    await page.fill("#body", "名前=山田&x&é=1");
    assert.equal(await text(page, "#body-size"), "20 bytes");
    assert.deepEqual(await texts(page, "#split .key"), ["名前", "é"]);
    assert.deepEqual(await texts(page, "#dropped li"), ["x at byte 14: no ="]);
  });

  pageTest(
    "shows the beginning of a long body, and copies all of it",
    async (page) => {
      await page.fill("#body", `${"a=1&b&".repeat(20_000)}long=${"x".repeat(100_000)}`);
      assert.equal(await text(page, "#counts"), "20,001 pairs, 20,000 dropped");
      assert.equal(await page.locator("#split .pair, #split .dropped").count(), 300);
      assert.equal(await page.locator("#split li").last().textContent(), "… and 39,701 more, not shown");
      assert.equal(await page.locator("#dropped li").last().textContent(), "… and 19,700 more, not shown");
      assert.equal(await page.locator("#template li").last().textContent(), "… and 39,701 more, not shown");
      assert.match(await text(page, "#event"), /the rest is not shown, but will be copied$/);
      const json = await copied(page, "#copy-snippet");
      assert.equal(json, event(`{${'"a":"1",'.repeat(20_000)}"long":"${"x".repeat(100_000)}"}`));
    },
    { state: { duplicates: "keep" } },
  );

  pageTest("a body that is too long to edit is shown in part, and can be cleared", async (page) => {
    const body = `a=1&long=${"x".repeat(100_000)}`;
    await page.fill("#body", body);
    assert.equal(await page.inputValue("#body"), body.slice(0, 2000));
    assert.equal(await page.isEditable("#body"), false);
    assert.equal(await text(page, "#body-size"), "100,009 bytes");
    await page.click("#clear");
    assert.equal(await page.inputValue("#body"), "");
    await page.locator("#body").pressSequentially("b=2");
    assert.equal(await text(page, "#snippet"), event('{"b":"2"}'));
    assert.equal(await page.isVisible("#long-view"), false);
  });

  pageTest("five megabytes that you paste do not freeze the page", async (page, t) => {
    const body = "name=Ada+L.&path=C:\\new&topic=a&".repeat(160_000);
    await page.evaluate((body) => navigator.clipboard.writeText(body), body);
    await page.fill("#body", "");
    await page.focus("#body");
    // How often the page does something else between the paste and the result.
    await page.evaluate(() => {
      window.turns = 0;
      setInterval(() => {
        const isPasted = document.getElementById("body").value.length === 2000;
        const outcome = document.getElementById("template-outcome").textContent;
        if (isPasted && outcome !== "Your function reads other text") window.turns += 1;
      });
    });
    await page.keyboard.press("Control+V");
    await page.locator("#body-size", { hasText: `${body.length.toLocaleString("en")} bytes` }).waitFor();
    assert.equal(await text(page, "#template-outcome"), "Your function reads other text");
    assert.equal((await page.inputValue("#body")).length, 2000);
    await page.locator("#link-problem").waitFor();
    const turns = await page.evaluate(() => window.turns);
    t.diagnostic(`${turns} turns`);
    assert.ok(turns > 0, "the page converted the body itself");
  });

  test("while one body is converted, only the newest of the others waits", async () => {
    const { newestJob } = await import(path.resolve(SITE, "workers.js"));
    const worker = Object.assign(new EventTarget(), { postMessage: (job) => jobs.push(job) });
    const jobs = [];
    const answers = [];
    const answer = (data) => worker.dispatchEvent(Object.assign(new Event("message"), { data }));
    const run = newestJob(worker, (data) => answers.push(data));
    for (const job of ["a", "b", "c"]) run(job);
    assert.deepEqual(jobs, ["a"]);
    answer("A");
    assert.deepEqual([jobs, answers], [["a", "c"], []]);
    answer("C");
    run("d");
    answer("D");
    assert.deepEqual(
      [jobs, answers],
      [
        ["a", "c", "d"],
        ["C", "D"],
      ],
    );
  });

  pageTest("tells a screen reader after a pause", async (page) => {
    await page.fill("#body", "a=1&b");
    await announced(page, "1 pair");
    assert.equal(await text(page, "#status"), "1 pair, 1 dropped, an event of 176 bytes. The mapping template: 1 field is lost");
    assert.equal(await page.getAttribute("#status", "role"), "status");
  });
});

describe("the template and formevent, side by side", () => {
  const outcome = async (page) => [await text(page, "#template-outcome"), await text(page, "#formevent-outcome")];
  const rows = async (page) => {
    await settled(page);
    return page.locator("#template li").evaluateAll((items) => items.map((item) => [item.className, item.textContent]));
  };

  pageTest("the first body loses fields in the template; formevent keeps one, and tells about the other", async (page) => {
    assert.deepEqual(await outcome(page), ["2 fields are lost", "1 field dropped: you are told"]);
    assert.equal(await text(page, "#template-about"), "Nobody is told. The first is at byte 18.");
    assert.equal(await text(page, "#template-title"), "What your function reads");
    assert.deepEqual(await rows(page), [
      ["", '"name": "Ada+Lovelace"'],
      ["lost fault", '"topic": "engine" lost: the key comes again'],
      ["", '"topic": "notes"'],
      ["lost fault", "token=YWRhQA== dropped: more than one ="],
      ["", '"message": "Is+it+%22ready%22%3F"'],
    ]);
    assert.deepEqual(await texts(page, "#dropped li"), ["token=YWRhQA== at byte 43: more than one ="]);
    assert.match(await text(page, "#snippet"), /"topic":\["engine","notes"\]/);

    // Each button sets an option, and goes away when nothing is left to tell.
    await page.click("text=Keep every field");
    assert.equal(await page.inputValue("#rules"), "whatwg");
    assert.deepEqual(await outcome(page), ["2 fields are lost", "Every field arrives"]);
    assert.match(await text(page, "#snippet"), /"token":"YWRhQA=="/);
    await page.selectOption("#duplicates", "last");
    assert.deepEqual(await outcome(page), ["2 fields are lost", "1 repeated key: you are told"]);
    assert.equal(await text(page, "#formevent-about"), "You chose to keep the last value.");
    await page.click("text=Keep every value");
    assert.equal(await page.inputValue("#duplicates"), "group");
    await page.click("#fixes >> text=Decode");
    assert.equal(await page.isChecked("[name=decode]"), true);
    assert.match(await text(page, "#snippet"), /"message":"Is it \\"ready\\"\?"/);
    assert.equal(await page.isVisible("#fixes"), false);
    assert.equal(await page.evaluate(() => document.activeElement.id), "event");
  });

  for (const [body, template, expected] of [
    [
      "a=1&b=%22",
      ["Every field arrives", "What your function reads"],
      [
        ["", '"a": "1"'],
        ["", '"b": "%22"'],
      ],
    ],
    [
      "a=1&=&b=2",
      ["The whole form is lost", "Your function reads none of this"],
      [
        ["lost", '"a": "1"'],
        ["lost fault", "= the template throws"],
        ["lost", '"b": "2"'],
      ],
    ],
    [
      String.raw`a="1"&p=C:\Users`,
      ["The whole form is lost", "Your function reads none of this"],
      [
        ["lost", String.raw`"a": "\"1\""`],
        ["lost fault", String.raw`"p": "C:\Users" breaks the JSON`],
      ],
    ],
    [
      String.raw`a=1&p=C:\new\u0041`,
      ["Your function reads other text", "What your function reads"],
      [
        ["", '"a": "1"'],
        ["fault", String.raw`"p": "C:\new\u0041" read as C:‹newline›ewA`],
      ],
    ],
    [
      "a=1&b&a=2",
      ["2 fields are lost", "What your function reads"],
      [
        ["lost fault", '"a": "1" lost: the key comes again'],
        ["lost fault", "b dropped: no ="],
        ["", '"a": "2"'],
      ],
    ],
    ["", ["Every field arrives", "What your function reads"], [["muted", "There are no fields."]]],
  ]) {
    pageTest(
      `the template's verdict on ${JSON.stringify(body)}`,
      async (page) => {
        assert.deepEqual([await text(page, "#template-outcome"), await text(page, "#template-title")], template);
        assert.deepEqual(await rows(page), expected);
        // The verdict does not depend on the options.
        await setState(page, { body, rules: "whatwg", decode: "true", duplicates: "last", shape: "raw" });
        assert.equal(await text(page, "#template-outcome"), template[0]);
      },
      { state: { body } },
    );
  }

  pageTest("it is the verdict of formevent/template", async (page) => {
    const { verdict } = await import(path.resolve(SITE, "formevent/dist/template.js"));
    const { initSync } = await import(path.resolve(SITE, "formevent/dist/core.js"));
    initSync(await readFile(path.join(SITE, "formevent/dist/formevent.wasm")));
    const { EXAMPLES } = await import(path.resolve(SITE, "examples.js"));
    const words = {
      fails: /form is lost/,
      "not-json": /form is lost/,
      differs: /other text/,
      loses: /fields? (is|are) lost/,
      same: /arrives/,
    };
    const seen = new Set();
    for (const { name, body } of EXAMPLES) {
      await page.getByRole("button", { name, exact: true }).click();
      const { verdict: kind, offset } = verdict(body);
      assert.match(await text(page, "#template-outcome"), words[kind], name);
      if (offset !== undefined) assert.match(await text(page, "#template-about"), new RegExp(` at byte ${offset}\\b`), name);
      seen.add(kind);
    }
    assert.equal(seen.size, 5, "the examples show every verdict");
  });

  pageTest("an event without the pairs says where the fields are", async (page) => {
    await setState(page, { body: "a=1&b", shape: "proxy-v2" });
    assert.deepEqual(await outcome(page), ["1 field is lost", "The whole body arrives"]);
    assert.equal(await page.isVisible("#dropped"), false);
    assert.equal(await page.isVisible("#fixes"), false);
    await setState(page, { body: "a=1&b", shape: "own", document: '{"a":"$stage"}' });
    assert.equal((await outcome(page))[1], "The fields have no place");
    assert.equal(await page.getAttribute("#formevent-verdict", "data-kind"), "bad");
    // The body is not to blame for an extra member.
    await setState(page, { body: "a=1", extra: "stage=x" });
    assert.deepEqual([(await outcome(page))[1], await text(page, "#formevent-about")], ["There is no event", "The error says why."]);
    await setState(page, { body: "a=%FF", decode: "true", utf8: "strict" });
    assert.equal((await outcome(page))[1], "The body is refused");
  });

  pageTest("the event marks the fields that get lost or changed in the template", async (page) => {
    const marked = () => texts(page, "#event .marked");
    assert.deepEqual(await marked(), ['"topic"', '"engine"', '"notes"']);
    assert.ok(await page.isVisible("#marked-legend"));
    await page.click("text=Keep every field");
    assert.deepEqual(await marked(), ['"topic"', '"engine"', '"notes"', '"token"', '"YWRhQA=="']);
    await page.fill("#body", String.raw`a%62=C:\n&b=1`);
    await page.check("[name=decode]");
    assert.deepEqual(await marked(), ['"ab"', String.raw`"C:\\n"`]);
    await page.fill("#body", "b=1");
    assert.deepEqual(await marked(), []);
    assert.equal(await page.isVisible("#marked-legend"), false);
  });

  pageTest("the event opens on the fields", async (page) => {
    const headers = page.locator("#event .name", { hasText: '"Host"' });
    assert.equal(await headers.isVisible(), false);
    await page.getByRole("button", { name: "Show headers" }).click();
    assert.equal(await headers.isVisible(), true);
    assert.equal(await page.getByRole("button", { name: "Show headers" }).getAttribute("aria-expanded"), "true");
    // A field with the name of a folded member is none.
    await setState(page, { body: "headers=1&headers=2", shape: "flat" });
    assert.equal(await page.locator("#event .fold").count(), 0);
    await setState(page, { body: "a=1&b", shape: "own", document: '{"form":"$pairs","left":"$dropped","of":{"stage":"$stage"}}' });
    assert.deepEqual(await page.locator("#event .fold").evaluateAll((buttons) => buttons.map((button) => button.ariaLabel)), ["Show of"]);
  });
});

describe("examples and the form", () => {
  pageTest("each example fills the body, and nothing else", async (page) => {
    await page.selectOption("#shape", "flat");
    const names = (await texts(page, "#examples button")).slice(0, -1);
    const bodies = new Set();
    for (const name of names) {
      await page.getByRole("button", { name, exact: true }).click();
      bodies.add(await page.inputValue("#body"));
      assert.deepEqual(await texts(page, "#examples [aria-pressed=true]"), [name]);
    }
    assert.equal(bodies.size, names.length);
    assert.equal(await page.inputValue("#shape"), "flat");
    assert.equal(await page.isVisible("#undo-view"), false);
    await page.fill("#body", "mine=1");
    assert.equal(await page.locator("#examples [aria-pressed=true]").count(), 0);
    await page.click("#to-form");
    assert.equal(await page.evaluate(() => document.activeElement.id), "sample-name");
  });

  for (const [what, replace] of [
    ["an example", (page) => page.click("text=A lone =")],
    ["the form", (page) => page.locator("#sample-name").pressSequentially("!!")],
    ["the form's button", (page) => page.click("#fill")],
  ]) {
    pageTest(`a body that you typed comes back after ${what}`, async (page) => {
      await page.fill("#body", "mine=1");
      assert.equal(await page.isVisible("#undo-view"), false);
      await replace(page);
      const other = await page.inputValue("#body");
      assert.notEqual(other, "mine=1");
      await page.click("#undo");
      assert.equal(await page.inputValue("#body"), "mine=1");
      assert.equal(await page.isVisible("#undo-view"), false);

      // Text that you type meanwhile is not lost either.
      await replace(page);
      await page.fill("#body", "mine=2");
      await page.click("#undo");
      assert.equal(await page.inputValue("#body"), "mine=1");
      await page.click("#undo");
      assert.equal(await page.inputValue("#body"), "mine=2");
    });
  }

  pageTest("each field of the form changes the body", async (page) => {
    await page.fill("#sample-name", "Zoë");
    const rest = "&email=ada%40example.com&topic=engine&topic=notes&message=Is+it+%22ready%22%3F";
    assert.equal(await page.inputValue("#body"), `name=Zo%C3%AB${rest}`);
    await page.getByLabel("Tea & cake").check();
    assert.equal(await page.inputValue("#body"), `name=Zo%C3%AB${rest.replace("&message", "&topic=tea+%26+cake&message")}`);
    await page.getByLabel("The engine").uncheck();
    await page.fill("#sample-email", "a+b@c.example");
    await page.fill("#sample-message", "1\n2=3");
    assert.equal(
      await page.inputValue("#body"),
      "name=Zo%C3%AB&email=a%2Bb%40c.example&topic=notes&topic=tea+%26+cake&message=1%0D%0A2%3D3",
    );
    assert.equal((await texts(page, "#split .key")).length, 5);
  });

  pageTest(
    "the body equals the one that Chromium posts for the form",
    async (page) => {
      await page.fill("#sample-name", "名前 + & = % ~*'()!-._");
      await page.fill("#sample-message", 'one\ntwo\n\n"\\\u{1F600}');
      const [request] = await Promise.all([
        page.waitForRequest((request) => request.method() === "POST"),
        page.evaluate(() => HTMLFormElement.prototype.submit.call(document.forms.sample)),
      ]);
      assert.equal(request.headers()["content-type"], "application/x-www-form-urlencoded");
      assert.equal(request.postData(), await page.inputValue("#body"));
    },
    {
      prepare: (page) =>
        page.route("**/*", (route) => (route.request().method() === "POST" ? route.fulfill({ status: 204 }) : route.continue())),
    },
  );

  // Stands in for the worker; tests/worker posts to the real one.
  const answering = (answer) => ({
    prepare: (page) => page.route("**/*", (route) => (route.request().method() === "POST" ? answer(route) : route.continue())),
  });

  pageTest(
    "posts the body that is typed, with the options that are set, and shows the answer",
    async (page) => {
      await page.selectOption("#shape", "own");
      await page.fill("#document", '{"headers": "$headers", "é": "$pairs"}');
      await page.check("[name=decode]");
      await page.fill("#body", "mine=%C3%A9&mine=2");
      const [request] = await Promise.all([page.waitForRequest((request) => request.method() === "POST"), page.click("#post")]);
      assert.equal(request.url(), address);
      assert.equal(request.postData(), "mine=%C3%A9&mine=2");
      assert.equal(request.headers()["content-type"], "application/x-www-form-urlencoded");
      assert.deepEqual(JSON.parse(request.headers()["x-formevent-settings"]), {
        SHAPE: '{"headers": "$headers", "é": "$pairs"}',
        DECODE: "true",
        DUPLICATES: "group",
      });
      await page.waitForSelector("#answer-event");
      assert.equal(await text(page, "#answer-event"), JSON.stringify({ headers: { a: "b" }, é: { mine: ["é", "2"] } }, null, 2));
      // Like the event above, it opens on the fields.
      assert.equal(await page.locator("#answer-event .name", { hasText: '"a"' }).isVisible(), false);
      // It stays until it is no longer the answer.
      await page.locator("[name=copy][value=curl]").press("Space");
      await settled(page);
      assert.ok(await page.isVisible("#answer-event"));
      await page.selectOption("#shape", "flat");
      await settled(page);
      assert.equal(await page.isVisible("#answer-event"), false);
      assert.equal(await page.isVisible("#answer"), false);
    },
    answering((route) =>
      route.fulfill({ status: 200, headers: { "x-formevent": "echo" }, body: '{"headers":{"a":"b"},"é":{"mine":["é","2"]}}' }),
    ),
  );

  pageTest(
    "posting stays on the page, and reports that there is no worker",
    async (page) => {
      await page.click("#post");
      await page.waitForSelector("#answer");
      assert.match(await page.textContent("#answer"), /no worker at this address.*200/);
      assert.equal(await page.isVisible("#answer-event"), false);
    },
    answering((route) => route.fulfill({ status: 200, contentType: "text/html", body: "<p>hello" })),
  );

  let release;
  const released = new Promise((resolve) => (release = resolve));
  pageTest(
    "an answer that arrives after a change is not shown",
    async (page) => {
      await Promise.all([page.waitForRequest((request) => request.method() === "POST"), page.click("#post")]);
      await page.fill("#body", "other=1");
      await settled(page);
      release();
      await page.locator("#post:enabled").waitFor();
      assert.equal(await page.isVisible("#answer"), false);
    },
    answering(async (route) => {
      await released;
      await route.fulfill({ status: 200, body: "" });
    }),
  );

  pageTest("Enter in the form fills the body and stays on the page", async (page) => {
    await page.evaluate(() => (window.stayed = true));
    await page.fill("#body", "");
    await page.focus("#sample-name");
    await page.keyboard.press("Enter");
    assert.match(await page.inputValue("#body"), /^name=Ada/);
    assert.equal(await page.evaluate(() => window.stayed), true);
  });

  pageTest(
    "posting reports a failed connection",
    async (page) => {
      await page.click("#post");
      await page.waitForSelector("#answer");
      assert.match(await page.textContent("#answer"), /could not be posted.*Failed to fetch/);
      assert.equal(await page.isEnabled("#post"), true);
    },
    { ...answering((route) => route.abort()), allowed: (problem) => problem.includes("net::ERR_FAILED") },
  );
});

describe("options", () => {
  const body = "a=%41+b&a=2&c=d=e&f&=g";
  const cases = [
    [{}, '{"a":["%41+b","2"]}', "2 pairs, 3 dropped"],
    [{ duplicates: "keep" }, '{"a":"%41+b","a":"2"}', "2 pairs, 3 dropped"],
    [{ rules: "whatwg" }, '{"a":["%41+b","2"],"c":"d=e","f":"","":"g"}', "5 pairs, 0 dropped"],
    [{ decode: true }, '{"a":["A b","2"]}', "2 pairs, 3 dropped"],
    [{ duplicates: "first" }, '{"a":"%41+b"}', "2 pairs, 3 dropped"],
    [{ duplicates: "last" }, '{"a":"2"}', "2 pairs, 3 dropped"],
    [{ duplicates: "arrays" }, '{"a":["%41+b","2"]}', "2 pairs, 3 dropped"],
    [{ rules: "whatwg", decode: true }, '{"a":["A b","2"],"c":"d=e","f":"","":"g"}', "5 pairs, 0 dropped"],
  ];
  for (const [options, expected, counts] of cases) {
    pageTest(
      JSON.stringify(options),
      async (page) => {
        const { decode = false, ...selects } = options;
        for (const [name, value] of Object.entries(selects)) await page.selectOption(`#${name}`, value);
        await page.setChecked("[name=decode]", decode);
        assert.equal(await text(page, "#snippet"), event(expected));
        assert.equal(await text(page, "#counts"), counts);
      },
      { state: { body } },
    );
  }

  pageTest(
    "strict UTF-8 refuses the body, with the code and the offset",
    async (page) => {
      assert.equal(await text(page, "#snippet"), event('{"a":"1","b":"x\u{FFFD}"}'));
      await page.selectOption("#utf8", "strict");
      assert.equal(await text(page, "#event-error-code"), "invalid-utf8");
      assert.equal(await page.isVisible("#event"), false);
      assert.equal(await text(page, "#event-error-offset"), "7");
      assert.match(await text(page, "#event-error"), /There is no event: the body is not UTF-8 at byte offset 7/);
      assert.ok(await page.isVisible("#event-error"));
      assert.equal(await text(page, "#counts"), "2 pairs, 0 dropped");
      assert.ok(await page.isDisabled("#copy-snippet"));
      await announced(page, "2 pairs, 0 dropped, no event: the body is not UTF-8");
      await page.click("#measure");
      await page.locator("#progress", { hasText: "There is nothing to measure: the body is not UTF-8" }).waitFor();
      await page.setChecked("[name=decode]", false);
      assert.equal(await text(page, "#snippet"), event('{"a":"1","b":"x%C3"}'));
      assert.equal(await page.isVisible("#event-error"), false);
    },
    { state: { body: "a=1&b=x%C3", decode: "true" } },
  );

  pageTest(
    "the other members are in the event exactly as entered",
    async (page) => {
      await openAll(page);
      await page.fill("#headers", 'X-B: 1: "2"\n\nx-b:é\\\u2003 \t\nX-Empty:');
      await page.fill("#stage", "v1");
      await page.fill("#sourceIp", "2001:db8::1");
      await page.fill("#userAgent", "");
      await page.fill("#extra", "requestId= 4=2 \n1=one\n__proto__=p");
      assert.equal(
        await text(page, "#snippet"),
        String.raw`{"headers":{"X-B":"1: \"2\"","x-b":"é\\ ","X-Empty":""},"querystring":{"a":"1"},"stage":"v1","sourceIp":"2001:db8::1","userAgent":"","requestId":" 4=2 ","1":"one","__proto__":"p"}`,
      );
    },
    { state: { body: "a=1" } },
  );

  pageTest("a malformed line is reported", async (page) => {
    await openAll(page);
    await page.fill("#headers", "Host: a\nno colon\n: no name");
    await page.fill("#extra", "id");
    assert.equal(
      await text(page, "#headers-problem"),
      "Line 2 has no name before a colon, so it is left out. Line 3 has no name before a colon, so it is left out.",
    );
    assert.equal(await text(page, "#extra-problem"), "Line 1 has no name before an =, so it is left out.");
    assert.equal(await page.getAttribute("#headers", "aria-invalid"), "true");
    await page.fill("#headers", "Host: a");
    assert.equal(await page.isVisible("#headers-problem"), false);
    assert.equal(await page.getAttribute("#headers", "aria-invalid"), "false");
  });

  for (const extra of ["stage=x", "id=1\nid=2"]) {
    pageTest(
      `an extra member that repeats a name is an error: ${JSON.stringify(extra)}`,
      async (page) => {
        assert.equal(await text(page, "#event-error-code"), "member-exists");
        assert.equal(await page.isVisible("#event-error-place"), false);
      },
      { state: { extra } },
    );
  }
});

describe("the address", () => {
  pageTest("keeps the state across a reload, without filling the history", async (page) => {
    const entries = await page.evaluate(() => history.length);
    await openAll(page);
    await page.fill("#body", "a=1&a=%FF&é=#&\\");
    await page.selectOption("#rules", "whatwg");
    await page.selectOption("#duplicates", "last");
    await page.selectOption("#utf8", "strict");
    await page.check("[name=decode]");
    await page.fill("#headers", "A: b\nC: d");
    await page.fill("#stage", "s");
    await page.fill("#sourceIp", "i");
    await page.fill("#userAgent", "u");
    await page.fill("#extra", "e=f");
    await page.locator("[name=copy][value=rust]").press("Space");
    await page.waitForURL(/copy=rust/);
    const read = () =>
      page.evaluate(() => {
        const all = [...document.querySelectorAll("[form=state]")];
        return all.map((control) => [control.name, control.value, control.checked]);
      });
    const state = await read();
    const url = page.url();
    await page.reload();
    await page.locator("#event-error-code", { hasText: "invalid-utf8" }).waitFor();
    assert.deepEqual(await read(), state);
    assert.equal(page.url(), url);
    assert.equal(await page.evaluate(() => history.length), entries);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(new URL(url).hash.slice(1))), {
      body: "a=1&a=%FF&é=#&\\",
      rules: "whatwg",
      decode: "true",
      duplicates: "last",
      utf8: "strict",
      headers: "A: b\nC: d",
      stage: "s",
      sourceIp: "i",
      userAgent: "u",
      extra: "e=f",
      copy: "rust",
    });
  });

  pageTest("only contains changes", async (page) => {
    const first = await page.inputValue("#body");
    await page.fill("#body", "x");
    await page.waitForURL(`${address}#body=x`);
    await page.fill("#body", first);
    await page.waitForURL(address);
  });

  pageTest("updates the page when it changes", async (page) => {
    await setState(page, { body: "x=1&x=2", duplicates: "last", headers: "", copy: "js" });
    await setState(page, { body: "x=1&x=2", duplicates: "last", headers: "" });
    assert.equal(
      await text(page, "#snippet"),
      '{"headers":{},"querystring":{"x":"2"},"stage":"prod","sourceIp":"192.0.2.1","userAgent":"curl/8.5.0"}',
    );
    assert.equal(await page.inputValue("#body"), "x=1&x=2");
    assert.equal(await page.inputValue("#duplicates"), "last");
  });

  pageTest("updates the page even if an earlier change is saved meanwhile", async (page) => {
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          addEventListener("hashchange", resolve, { once: true });
          location.hash = "body=new";
          history.replaceState(null, "", "#body=old");
        }),
    );
    assert.equal(await page.inputValue("#body"), "new");
  });

  pageTest(
    "may contain unknown names and values",
    async (page) => {
      assert.equal(await text(page, "#snippet"), event('{"a":["1","2"]}'));
      assert.equal(await page.inputValue("#rules"), "template");
    },
    { state: { body: "a=1&a=2", rules: "other", duplicates: "__proto__", decode: "maybe", copy: "cobol", constructor: "x" } },
  );

  pageTest(
    "keeps CR LF in the body",
    async (page) => {
      assert.equal(await text(page, "#snippet"), event(String.raw`{"a":"1\r\n2"}`));
      await page.selectOption("#rules", "whatwg");
      assert.equal(await text(page, "#snippet"), event(String.raw`{"a":"1\r\n2"}`));
    },
    { state: { body: "a=1\r\n2" } },
  );

  pageTest("says why there is no link, and how much is too much", async (page) => {
    await page.fill("#body", `a=${"é".repeat(6_000)}`);
    await page.locator("#link-problem", { hasText: "it would have 36,009 characters" }).waitFor();
    assert.match(await text(page, "#link-problem"), /break links of more than 30,000\. Make the body or your document shorter\.$/);
    assert.ok(await page.isDisabled("#copy-link"));
    assert.equal(new URL(page.url()).hash, "");
    await page.fill("#body", "a=1");
    await page.waitForURL(`${address}#body=a%3D1`);
    assert.equal(await page.isVisible("#link-problem"), false);
    assert.ok(await page.isEnabled("#copy-link"));
    await page.fill("#body", `a=${"x".repeat(50_000)}`);
    await page.locator("#link-problem", { hasText: "it would have more than 50,002 characters" }).waitFor();
  });

  pageTest("is copied as a link that opens the same page", async (page) => {
    await page.fill("#body", "shared=yes&a=b=c");
    await announced(page, "1 pair, 1 dropped");
    const link = await copied(page, "#copy-link");
    assert.equal(link, `${address}#body=shared%3Dyes%26a%3Db%3Dc`);
    assert.equal(await text(page, "#copied"), "Link copied.");
    assert.equal(await text(page, "#status"), "Link copied.");
  });
});

describe("the shape", () => {
  const shown = async (page) => JSON.parse(await text(page, "#event"));
  const options = async (page) => ({ rules: await page.inputValue("#rules"), decode: await page.isChecked("[name=decode]") });

  pageTest("is one of the presets, which bring their options", async (page) => {
    const { PRESETS } = await import(path.resolve(SITE, "formevent/dist/shapes.js"));
    await page.fill("#body", "a=1+2&b");
    for (const [shape, preset] of Object.entries(PRESETS)) {
      await page.selectOption("#shape", shape);
      const { rules = "template", decode = false } = preset;
      assert.deepEqual(await options(page), { rules, decode }, shape);
      const event = await shown(page);
      if (preset.shape === "$pairs") assert.deepEqual(event, decode ? { a: "1 2" } : { a: "1+2", b: "" });
      else assert.deepEqual(Object.keys(event), Object.keys(preset.shape));
    }
    await page.selectOption("#shape", "proxy-v2");
    const { version, body, isBase64Encoded } = await shown(page);
    assert.deepEqual({ version, body: atob(body), isBase64Encoded }, { version: "2.0", body: "a=1+2&b", isBase64Encoded: true });
  });

  pageTest("is the document that you write", async (page) => {
    await page.fill("#body", "a=1+2");
    assert.equal(await page.isVisible("#document"), false);
    await page.selectOption("#shape", "data");
    await page.selectOption("#shape", "own");
    // It begins as the preset that was chosen, with its options.
    assert.deepEqual(JSON.parse(await page.inputValue("#document")), { data: "$pairs" });
    assert.deepEqual(await options(page), { rules: "whatwg", decode: true });
    assert.equal(await text(page, "#snippet"), '{"data":{"a":"1 2"}}');
    await page.fill("#document", '[1.5, {"a": null, "b": [true, false]}, -2e-7]');
    assert.equal(await text(page, "#snippet"), '[1.5,{"a":null,"b":[true,false]},-2e-7]');
    assert.equal(await text(page, "#event"), JSON.stringify([1.5, { a: null, b: [true, false] }, -2e-7], null, 2));
    await page.fill("#document", '["$stage", {"$$": "$pairs"}]');
    assert.equal(await text(page, "#snippet"), '["prod",{"$":{"a":"1 2"}}]');
    await page.selectOption("#shape", "raw");
    await page.selectOption("#shape", "own");
    assert.equal(await page.inputValue("#document"), '["$stage", {"$$": "$pairs"}]');

    const link = await copied(page, "#copy-link");
    await page.goto("about:blank");
    await page.goto(link);
    await page.locator("main:not([inert])").waitFor();
    assert.equal(await page.inputValue("#shape"), "own");
    assert.equal(await page.inputValue("#document"), '["$stage", {"$$": "$pairs"}]');
    assert.equal(await text(page, "#snippet"), '["prod",{"$":{"a":"1+2"}}]');
  });

  pageTest(
    "is refused if it is wrong",
    async (page) => {
      for (const [document, problem] of [
        ["{", /^This is not JSON: .+\.$/],
        ["", /^This is not JSON: .+\.$/],
        ['"flat"', /^shape must be an object or an array\.$/],
        ['{"a": 1, "a": "$stage"}', /^shape would be changed at character 6: each name must come once, .+ \(1, not 1\.0\)\.$/],
        ['{"a": "$stages"}', /^shape: "\$stages" is not a hole; the holes are \$pairs, .+\.$/],
      ]) {
        for (const copy of ["json", "js"]) {
          await setState(page, { shape: "own", document, copy });
          assert.match(await text(page, "#document-problem"), problem);
          assert.ok(await page.isVisible("#document-problem"));
          assert.equal(await page.getAttribute("#document", "aria-invalid"), "true");
          assert.equal(await text(page, "#event-error p:first-child"), "There is no event: your document is not a valid shape.");
          assert.equal(await page.isVisible("#event-error-details"), false);
          assert.equal(await page.isVisible("#event"), false);
          assert.ok(await page.isDisabled("#copy-snippet"));
        }
      }
      await page.locator("#status", { hasText: 'no event: shape: "$stages" is not a hole' }).waitFor();
      await page.fill("#document", '{"a": "$stage"}');
      assert.equal(await page.isVisible("#document-problem"), false);
      assert.deepEqual(await shown(page), { a: "prod" });

      // A body that is refused is no fault of the document.
      await setState(page, { shape: "own", document: '{"a": "$extra.b"}' });
      assert.equal(await page.isVisible("#document-problem"), false);
      assert.equal(await text(page, "#event-error-code"), "member-missing");
    },
    { state: { shape: "own", document: "[" } },
  );
});

describe("copying", () => {
  const BODIES = [
    "name=Ada&note=",
    "",
    "@etc=1",
    `it's "quoted" $HOME \`id\` \\ \\' !! %s %% ~ * ? # ; | ' ''`,
    "two\nlines=1\n",
    "cr=\r\n\t\x01\x1b\x7f",
    "名前=山田&é=\u{1F600}&\u2028\u2029\u202e\ufeff",
    'quote="\\\\"&slash=\\x41\\u0041\\n*/</script>',
    "-nul=\x007 50% \\n 'q' \0",
  ];

  pageTest("JSON is the compact event", async (page) => {
    for (const body of BODIES) {
      await setState(page, { body });
      const pairs = body.split("&").filter((segment) => segment.indexOf("=") > 0 && segment.split("=").length === 2);
      const members = pairs.map((pair) =>
        pair
          .split("=")
          .map((part) => JSON.stringify(part))
          .join(":"),
      );
      // JSON.stringify escapes exactly as formevent does.
      assert.equal(await copied(page, "#copy-snippet"), event(`{${members}}`));
      assert.equal(await text(page, "#copied"), "JSON copied.");
    }
  });

  pageTest("the curl line posts the body to the page's own address, through a real shell", async (page) => {
    const run = async (state) => {
      await setState(page, { ...state, copy: "curl" });
      const line = await copied(page, "#copy-snippet");
      const fake = `curl() { printf '%s\\0' "$@"; if [ "\${!#}" = @- ]; then cat; fi; }`;
      return execFileSync("bash", ["-c", `${fake}\n${line}`]).toString();
    };
    for (const body of BODIES) {
      const data = body.includes("\0") ? `--data-binary\0@-\0${body}` : `--data-raw\0${body}\0`;
      assert.equal(await run({ body, duplicates: "keep" }), `${address}\0${data}`);
    }
    // The worker gets the options that are not its own defaults.
    assert.equal(
      await run({ body: "a=1", shape: "own", document: `["it's", "é"]`, rules: "whatwg", decode: "true", utf8: "strict" }),
      [
        ...[address, "--header"],
        `x-formevent-settings: ${String.raw`{"SHAPE":"[\"it's\", \"\u00e9\"]","RULES":"whatwg","DECODE":"true","DUPLICATES":"group","UTF8":"strict"}`}`,
        ...["--data-raw", "a=1", ""],
      ].join("\0"),
    );
    assert.match(await run({ body: "a=1", shape: "flat", decode: "true" }), /\{"SHAPE":"flat","DUPLICATES":"group"\}/);
  });

  test("the curl line pipes a body that no argument can hold", async () => {
    const { curl } = await import(path.resolve(SITE, "snippets.js"));
    for (const body of [`a=${"x".repeat(200_000)}`, `a=${"日\\0101%s'".repeat(20_000)}`]) {
      const fake = `curl() { [ "$1 $2 $3" = "$url --data-binary @-" ] && cat; }`;
      const url = "http://127.0.0.1:8787/";
      const input = `url=${url}\n${fake}\n${curl({ body, address: url })}`;
      const seen = execFileSync("bash", { input, maxBuffer: 1 << 24 }).toString();
      assert.ok(seen === body);
    }
  });

  pageTest("right-to-left text stays in its place", async (page) => {
    await setState(page, { body: "שלום=עולם&a\u202eb=1" });
    const left = (selector) =>
      page
        .locator(selector)
        .first()
        .evaluate((node) => node.getBoundingClientRect().left);
    assert.ok((await left("#split .key")) < (await left("#split .value")));
    assert.ok((await left("#event .name:text-is('\"שלום\"')")) < (await left("#event .string:text-is('\"עולם\"')")));
  });

  pageTest("many pairs and dropped segments do not push the event far down", async (page) => {
    await setState(page, { body: "a=1&b&".repeat(400) });
    assert.ok((await page.locator("#event").evaluate((node) => node.getBoundingClientRect().top + scrollY)) < 400);
  });

  // A document with the characters that the languages of the snippets escape.
  const DOCUMENT = String.raw`{"__proto__": "$pairs", "it's": "\"__proto__\": \\ \u202e", "x": ["$extra.x", null]}`;

  pageTest("the command gets the arguments and the body, through a real shell", async (page, t) => {
    const folder = await mkdtemp(path.join(tmpdir(), "formevent-page-"));
    t.after(() => rm(folder, { recursive: true }));
    const run = async (state) => {
      await setState(page, { ...state, copy: "command" });
      const lines = await copied(page, "#copy-snippet");
      const fake = `formevent() { printf '%s\\0' "$@"; cat; }`;
      return execFileSync("bash", ["-c", `${fake}\n${lines}`], { cwd: folder })
        .toString()
        .split("\0");
    };
    const info = { headers: "", stage: "", sourceIp: "", userAgent: "", duplicates: "keep" };
    for (const body of BODIES) assert.equal((await run({ ...info, body, stage: "s" })).slice(2).join("\0"), body);
    assert.deepEqual(await run({ ...info, body: "a", headers: "A: it's\nB:", stage: "s", sourceIp: "i", userAgent: "u", extra: "e=f" }), [
      ...["--header", "A: it's", "--header", "B: ", "--stage", "s", "--source-ip", "i", "--user-agent", "u", "--extra", "e=f", "a"],
    ]);
    assert.deepEqual(await run({ ...info, body: "a", shape: "data", rules: "whatwg", decode: "true" }), ["--shape", "data", "a"]);
    assert.deepEqual(await run({ ...info, body: "a", shape: "data", duplicates: "group", utf8: "strict" }), [
      ...["--shape", "data", "--rules", "template", "--decode=false", "--duplicates", "group", "--strict-utf8", "a"],
    ]);
    assert.deepEqual(await run({ ...info, body: "a", shape: "own", document: DOCUMENT }), ["--shape", "shape.json", "a"]);
    assert.equal(await readFile(path.join(folder, "shape.json"), "utf8"), JSON.stringify(JSON.parse(DOCUMENT)));
  });

  pageTest("the JavaScript runs and prints the event", async (page, t) => {
    const folder = await mkdtemp(path.join(tmpdir(), "formevent-page-"));
    t.after(() => rm(folder, { recursive: true }));
    for (const file of ["core.js", "shapes.js"]) await copyFile(path.join(SITE, "formevent/dist", file), path.join(folder, file));
    await writeFile(path.join(folder, "package.json"), '{"type":"module"}');
    const wasm = JSON.stringify(path.resolve(SITE, "formevent/dist/formevent.wasm"));
    const start = `import { readFileSync } from "node:fs";\nimport { initSync } from "./core.js";\ninitSync(readFileSync(${wasm}));\n`;
    const more = [
      { body: "a=%41&a=2&b", rules: "whatwg", decode: "true", duplicates: "group", utf8: "strict" },
      { body: "a=1", headers: 'A: "b"\nA: c\\', stage: "", sourceIp: "", userAgent: "it's", extra: "2=two\n1=one\n__proto__=p" },
      { body: "a=1", headers: "", stage: "", sourceIp: "", userAgent: "" },
      { body: "a=1+2&b", shape: "data", rules: "whatwg" },
      { body: "a=1+2&b", shape: "data", decode: "true" },
      { body: "a=1+2", shape: "own", document: DOCUMENT, extra: "x=\\" },
    ];
    for (const state of [...BODIES.map((body) => ({ body })), ...more]) {
      await setState(page, { duplicates: "keep", ...state, copy: "js" });
      const source = await copied(page, "#copy-snippet");
      assert.match(
        source,
        state.shape ? /^import "formevent";\nimport .+ "formevent\/shapes";\n/ : /^import \{ formToEvent \} from "formevent";\n/,
      );
      const local = source.replace('"formevent"', '"./core.js"').replace('"formevent/shapes"', '"./shapes.js"');
      await writeFile(path.join(folder, "snippet.js"), start + local);
      const printed = execFileSync(process.execPath, [path.join(folder, "snippet.js")]).toString();
      await setState(page, { duplicates: "keep", ...state, copy: "json" });
      assert.equal(printed, `${await copied(page, "#copy-snippet")}\n`);
    }
  });

  pageTest("the Rust literal has the bytes of the body", async (page) => {
    const escapes = { n: 10, r: 13, t: 9, '"': 34, "\\": 92 };
    for (const body of BODIES) {
      await setState(page, { body, copy: "rust" });
      const source = await copied(page, "#copy-snippet");
      const [, literal] = source.match(/\n {4}let body = b"((?:[^"\\]|\\.)*)";\n/);
      assert.match(literal, /^[ -~]*$/, "a byte string holds printable ASCII only");
      const bytes = [];
      for (const [, hex, letter, plain] of literal.matchAll(/\\x([0-9A-F]{2})|\\(.)|(.)/g)) {
        bytes.push(hex ? parseInt(hex, 16) : letter ? escapes[letter] : plain.charCodeAt(0));
      }
      assert.equal(Buffer.from(bytes).toString(), body);
    }
  });

  pageTest(
    "the Rust sets the options and all other members",
    async (page) => {
      assert.equal(
        await copied(page, "#copy-snippet"),
        String.raw`use formevent::{Duplicates, Event, Options, Rules, Utf8};

fn main() -> Result<(), formevent::Error> {
    let body = b"a=\xC3\xA9\"\\";
    let event = Event::new(body)
        .options(Options::new().rules(Rules::Whatwg).decode(true).duplicates(Duplicates::Group).utf8(Utf8::Strict))
        .header("A", "\"é\"\\")
        .header("B", "\u{202E}\u{7F}")
        .stage("s")
        .user_agent("u")
        .extra("e", "f")
        .to_string()?;
    println!("{event}");
    Ok(())
}
`,
      );
      await setState(page, { body: "", duplicates: "keep", headers: "", stage: "", sourceIp: "", userAgent: "", copy: "rust" });
      assert.equal(
        await copied(page, "#copy-snippet"),
        `use formevent::Event;

fn main() -> Result<(), formevent::Error> {
    let body = b"";
    let event = Event::new(body)
        .to_string()?;
    println!("{event}");
    Ok(())
}
`,
      );
    },
    {
      state: {
        body: 'a=é"\\',
        rules: "whatwg",
        decode: "true",
        duplicates: "group",
        utf8: "strict",
        headers: 'A: "é"\\\nB: \u202e\x7f',
        stage: "s",
        sourceIp: "",
        userAgent: "u",
        extra: "e=f",
        copy: "rust",
      },
    },
  );

  pageTest("the Rust sets the shape", async (page) => {
    const info = { headers: "", stage: "", sourceIp: "", userAgent: "", duplicates: "keep" };
    await setState(page, { ...info, body: "", shape: "proxy-v2", copy: "rust" });
    assert.equal(
      await copied(page, "#copy-snippet"),
      `use formevent::{Event, Preset};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let body = b"";
    let now = std::time::UNIX_EPOCH.elapsed()?;
    let event = Event::new(body)
        .shape(Preset::ProxyV2.shape())
        .time_epoch(u64::try_from(now.as_millis())?)
        .to_string()?;
    println!("{event}");
    Ok(())
}
`,
    );
    await setState(page, { ...info, body: "", decode: "true", shape: "own", document: DOCUMENT, copy: "rust" });
    assert.equal(
      await copied(page, "#copy-snippet"),
      String.raw`use formevent::{Event, Options, Shape};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let body = b"";
    let shape: Shape = "{\"__proto__\":\"$pairs\",\"it's\":\"\\\"__proto__\\\": \\\\ \u{202E}\",\"x\":[\"$extra.x\",null]}".parse()?;
    let event = Event::new(body)
        .shape(&shape)
        .options(Options::new().decode(true))
        .to_string()?;
    println!("{event}");
    Ok(())
}
`,
    );
  });

  pageTest("if the browser refuses to copy, the text is selected instead", async (page) => {
    await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))));
    await page.click("#copy-snippet");
    await page.locator("#copied", { hasText: "copy the selected text yourself" }).waitFor();
    assert.equal(await page.evaluate(() => String(getSelection())), await text(page, "#snippet"));
  });
});

describe("speed", () => {
  pageTest("shows two bars that match their figures", async (page) => {
    await page.fill("#body", "a=1&b=two&c=3");
    await announced(page, "3 pairs");
    // Watched from within, since a busy machine may look too late.
    await page.evaluate(() => {
      window.seen = [];
      const look = () => window.seen.push(["measure", "progress"].map((id) => document.getElementById(id).textContent).join(": "));
      new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
    await page.click("#measure");
    await page.locator("#speed-results").waitFor();
    assert.ok((await page.evaluate(() => window.seen)).some((seen) => seen.startsWith("Stop: Round 1 of ")));
    const rows = await page.locator("#bars li").evaluateAll((items) =>
      items.map((item) => ({
        text: item.textContent,
        width: parseFloat(item.querySelector(".bar").style.width),
        drawn: item.querySelector(".bar").clientWidth,
      })),
    );
    const figures = rows.map(({ text }) => {
      const [, name, time, rate] = text.match(/^(.+): ([\d,]+)\sns per call, ([\d,]+)\sMB\/s$/);
      return { name, time: Number(time.replaceAll(",", "")), rate: Number(rate.replaceAll(",", "")) };
    });
    assert.deepEqual(
      figures.map(({ name }) => name),
      ["formevent", "plain JavaScript"],
    );
    const fastest = Math.min(...figures.map(({ time }) => time));
    for (const [index, { time, rate }] of figures.entries()) {
      assert.ok(time > 0);
      assert.ok(Math.abs(rate - 13_000 / time) <= 1 + 13_000 / time / 50, `${rate} MB/s for ${time} ns`);
      assert.ok(Math.abs(rows[index].width - (100 * fastest) / time) < 2);
      assert.ok(rows[index].drawn > 0);
    }
    assert.match(await text(page, "#verdict"), /^On this body .+\.$/);
    assert.match(await text(page, "#speed-about"), /A body of 13 bytes/);
    assert.equal(await text(page, "#status"), await text(page, "#verdict"));

    // A new body hides the result of the old one.
    await page.fill("#body", "a=1");
    assert.equal(await page.isVisible("#speed-results"), false);
  });

  test("both ways follow the same rules, decoding and repeated keys", async () => {
    const { formToJson, initSync, RULES, DUPLICATES } = await import(path.resolve(SITE, "formevent/dist/core.js"));
    const { plainJson } = await import(path.resolve(SITE, "plain.js"));
    initSync(await readFile(path.join(SITE, "formevent/dist/formevent.wasm")));
    const bodies = ["", "a=1+%41&2=x&1=y&a=2&b&c=d=e&=f&&=&%61=3", 'p=%&q=%C3&r=%zz+&__proto__=%22\\"&é=\ud800\u2028\x00'];
    for (const body of bodies) {
      for (const rules of RULES) {
        for (const duplicates of DUPLICATES) {
          for (const decode of [false, true]) {
            const options = { rules, duplicates, decode };
            assert.equal(plainJson(body, options), formToJson(body, options), JSON.stringify([body, options]));
          }
        }
      }
    }
  });

  pageTest("reports a loss like a win", async (page) => {
    const verdicts = await page.evaluate(async () => {
      const { verdict } = await import("./speed.js");
      const ways = (own, other) => [
        { name: "formevent", time: own },
        { name: "X", time: other },
      ];
      return [verdict(ways(100, 300)), verdict(ways(100, 50)), verdict(ways(100, 102))];
    });
    assert.deepEqual(verdicts, [
      "On this body formevent is 3.0 times as fast as X.",
      "On this body X is 2.0 times as fast as formevent.",
      "On this body formevent and X are equally fast.",
    ]);
  });

  pageTest("can be stopped", async (page) => {
    await page.click("#measure");
    await page.click("#measure");
    assert.equal(await text(page, "#measure"), "Measure");
    assert.equal(await text(page, "#progress"), "");
    await page.waitForTimeout(1500);
    assert.equal(await page.isVisible("#speed-results"), false);
  });
});

describe("accessibility", () => {
  pageTest("the keyboard reaches everything in order, with a visible focus", async (page) => {
    const stops = [];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const { activeElement } = document;
        if (activeElement === document.body) return null;
        const shown = activeElement.name === "copy" ? activeElement.nextElementSibling : activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(shown);
        const name = activeElement.id || activeElement.name || activeElement.textContent.trim() || activeElement.ariaLabel;
        return { name, visible: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
      });
      if (!stop) break;
      stops.push(stop);
    }
    assert.deepEqual(
      stops.filter(({ visible }) => !visible),
      [],
    );
    assert.deepEqual(
      stops.map(({ name }) => name),
      [
        ...[
          "Contact form",
          "A \\ that breaks",
          "A lone =",
          "A checkbox twice",
          "JSON in a field",
          "A \\ that changes",
          "Japanese",
          "Slack command",
        ],
        ...["to-form", "body", "split", "Options", "shape", "rules", "duplicates", "utf8", "decode"],
        ...["template", "dropped", "Keep every field", "Decode", "event", "Show headers"],
        ...["copy", "snippet", "copy-snippet", "copy-link", "post"],
        ...["sample-name", "sample-email", "topic", "topic", "topic", "sample-message", "fill"],
        ...["headers", "stage", "sourceIp", "userAgent", "extra", "measure"],
      ],
    );
  });

  pageTest("the keyboard is enough to use the page", async (page) => {
    // From the last control, Tab goes on to the first.
    const reach = async (wanted) => {
      for (let step = 0; step < 90; step++) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((wanted) => document.activeElement.matches(wanted), wanted)) return;
      }
      assert.fail(`${wanted} is out of reach`);
    };
    await reach("#body");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("k=v+w&k=2");
    await reach("#duplicates");
    await page.keyboard.press("End");
    await reach("[name=decode]");
    await page.keyboard.press("Space");
    await reach("[name=copy]");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await reach("#stage");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("dev");
    await reach("#copy-snippet");
    await page.keyboard.press("Enter");
    await page.locator("#copied", { hasText: "JSON copied." }).waitFor();
    const json = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(json, event('{"k":["v w","2"]}').replace("prod", "dev"));
  });

  const LOADED = {
    body: "name=Ada&newsletter&next=/a?b=c&=orphan&&note=%FF",
    headers: "Host: api.example.com\nwrong",
    extra: "wrong",
  };
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 375]) {
      pageTest(
        `axe finds nothing serious: ${colorScheme}, ${width} pixels`,
        async (page) => {
          await openAll(page);
          await page.click("#measure");
          await page.locator("#speed-results").waitFor();
          await page.evaluate(AXE);
          const check = async () => {
            const { violations, passes } = await page.evaluate(() => window.axe.run());
            assert.ok(passes.length > 20, "axe checked too little");
            const found = violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map(({ html }) => html)}`);
            assert.deepEqual(
              found.filter((line) => /^(serious|critical)/.test(line)),
              [],
            );
          };
          await check();
          await setState(page, { ...LOADED, utf8: "strict", decode: "true", copy: "rust" });
          await page.locator("#event-error").waitFor();
          await check();
          await setState(page, { shape: "own", document: "{" });
          await page.locator("#document-problem").waitFor();
          await check();
        },
        { state: LOADED, context: { bypassCSP: true, colorScheme, reducedMotion: "reduce", viewport: { width, height: 900 } } },
      );
    }
  }

  pageTest(
    "axe finds a missing label, so the runs above can fail",
    async (page) => {
      await page.evaluate(() => document.querySelector("label[for=body]").remove());
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => window.axe.run());
      assert.ok(violations.some(({ id, impact }) => id === "label" && impact === "critical"));
    },
    { context: { bypassCSP: true } },
  );

  for (const width of [320, 360, 768, 1920]) {
    pageTest(
      `everything fits a screen of ${width} pixels`,
      async (page) => {
        await openAll(page);
        await page.click("#measure");
        await page.locator("#speed-results").waitFor();
        for (const copy of ["json", "curl", "command", "rust", "js"]) {
          await page.locator(`[name=copy][value=${copy}]`).press("Space");
          const wide = await page.evaluate(() =>
            [...document.querySelectorAll("body *:not(.unseen, option)")]
              .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
              .map((node) => node.outerHTML.slice(0, 80)),
          );
          assert.deepEqual(wide, []);
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
        }
      },
      {
        state: {
          body: `${"k".repeat(300)}=${"v".repeat(300)}&${"d".repeat(300)}&名=${"語".repeat(200)}`,
          shape: "own",
          document: `{"${"d".repeat(300)}": "$pairs"}`,
          stage: "s".repeat(200),
          headers: `${"h".repeat(200)}: v\nwrong`,
          extra: "wrong",
        },
        context: { viewport: { width, height: 700 } },
      },
    );
  }

  pageTest(
    "nothing moves if the user prefers reduced motion",
    async (page) => {
      const moving = () =>
        page.evaluate(
          () => [...document.querySelectorAll("*")].filter((node) => parseFloat(getComputedStyle(node).transitionDuration) > 0).length,
        );
      assert.equal(await moving(), 0);
      await page.emulateMedia({ reducedMotion: "no-preference" });
      assert.ok((await moving()) > 0);
    },
    { context: { reducedMotion: "reduce" } },
  );

  for (const colorScheme of ["light", "dark"]) {
    pageTest(
      `a button stays legible under the mouse: ${colorScheme}`,
      async (page) => {
        for (const button of await page.locator("button:visible").all()) {
          await button.hover();
          const { color, background, label } = await button.evaluate((node) => {
            const { color, backgroundColor } = getComputedStyle(node);
            return { color, background: backgroundColor, label: node.textContent || node.ariaLabel };
          });
          assert.notEqual(color, background, label);
        }
      },
      { context: { colorScheme, reducedMotion: "reduce" } },
    );
  }

  pageTest(
    "the page says that it needs JavaScript",
    async (page) => {
      assert.ok(await page.locator("noscript p").isVisible());
    },
    { works: false, context: { javaScriptEnabled: false } },
  );

  for (const [part, file] of [
    ["the module", "formevent.wasm"],
    ["the package", "core.js"],
  ]) {
    pageTest(
      `the page says if ${part} cannot be loaded`,
      async (page) => {
        await page.locator("#failure", { hasText: "formevent could not be loaded" }).waitFor();
        assert.equal(await page.getAttribute("#failure", "role"), "alert");
      },
      {
        works: false,
        prepare: (page) => page.route(`**/${file}`, (route) => route.fulfill({ status: 404, body: "" })),
        allowed: (problem) => /404|HTTP status|dynamically imported/.test(problem),
      },
    );
  }
});

describe("failures", () => {
  pageTest(
    "the page says if it cannot show a body, and goes on with the next",
    async (page) => {
      // Of the locator, since the page does not settle.
      await page.locator("#body").fill("fail=1");
      await page.locator("#failure", { hasText: "The page cannot show this body: no memory." }).waitFor();
      await page.fill("#body", "a=1");
      assert.equal(await text(page, "#snippet"), event('{"a":"1"}'));
      assert.equal(await page.isVisible("#failure"), false);
    },
    {
      prepare: (page) => {
        const verdict = (body) => {
          if (body.includes("fail")) throw new Error("no memory");
          return { verdict: "same" };
        };
        const body = `export const verdict = ${verdict};`;
        return page.route("**/template.js", (route) => route.fulfill({ contentType: "text/javascript", body }));
      },
    },
  );
});

describe("the page's files", () => {
  pageTest(
    "the Content-Security-Policy blocks inline scripts and other origins",
    async (page) => {
      const policy = await page.getAttribute("meta[http-equiv=Content-Security-Policy]", "content");
      assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
      assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|\*/);
      const tried = await page.evaluate(async () => {
        const violations = [];
        addEventListener("securitypolicyviolation", (violation) => violations.push(violation.effectiveDirective));
        const script = document.createElement("script");
        try {
          script.textContent = "window.ran = true";
          document.head.append(script);
        } catch {
          violations.push("trusted types");
        }
        await fetch("https://example.com/").catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { violations, ran: window.ran };
      });
      assert.equal(tried.ran, undefined);
      assert.ok(tried.violations.includes("connect-src"));
      assert.ok(tried.violations.includes("trusted types"));
    },
    { allowed: (problem) => /violat|require-trusted-types-for|TrustedScript|example\.com/.test(problem) },
  );

  pageTest("no file is missing", async (page) => {
    const icon = await page.evaluate(async () => (await fetch(document.querySelector("link[rel=icon]").href)).headers.get("content-type"));
    assert.match(icon, /^image\/svg/);
    assert.deepEqual(
      await page.evaluate(() =>
        performance
          .getEntriesByType("resource")
          .filter(({ responseStatus }) => responseStatus !== 200)
          .map(({ name }) => name),
      ),
      [],
    );
  });
});

describe("the layout", () => {
  const PARTS = ["header", "#examples", "#body-section", "#options-section", "#template-section", "#formevent-section"];
  const box = (page, selector) => page.locator(selector).boundingBox();

  for (const colorScheme of ["light", "dark"]) {
    pageTest(
      `the first screen shows the whole comparison: ${colorScheme}`,
      async (page) => {
        const boxes = await Promise.all(PARTS.map((part) => box(page, part)));
        for (const [index, { x, y, width, height }] of boxes.entries()) {
          assert.ok(x >= 0 && y >= 0 && x + width <= 1280 && y + height <= 800, `${PARTS[index]} is out of the screen`);
          for (const [other, it] of boxes.entries()) {
            const isApart = it.x >= x + width || x >= it.x + it.width || it.y >= y + height || y >= it.y + it.height;
            assert.ok(index === other || isApart, `${PARTS[index]} and ${PARTS[other]} overlap`);
          }
        }
        // Side by side, from the same height to the same height.
        const [body, options, template, formevent] = boxes.slice(2);
        assert.ok(body.x < template.x && template.x < formevent.x);
        for (const { y } of [template, formevent]) assert.equal(y, body.y);
        for (const { y, height } of [template, formevent]) assert.ok(Math.abs(y + height - options.y - options.height) < 1);
        for (const label of ["Event", "Split", "Repeated keys", "Invalid UTF-8", "Decode"]) {
          assert.ok(await page.locator(".options label", { hasText: label }).isVisible(), label);
        }
        if (process.env.UPDATE_SCREENSHOTS === "1") {
          const image = unfiltered(await page.screenshot());
          assert.ok(image.length <= 150_000, `the ${colorScheme} screenshot has ${image.length} bytes`);
          await mkdir(IMAGES, { recursive: true });
          await writeFile(path.join(IMAGES, `page-${colorScheme}.png`), image);
        }
      },
      { context: { colorScheme, viewport: { width: 1280, height: 800 } } },
    );
  }

  pageTest(
    "the first screen of a phone reaches the template's verdict",
    async (page) => {
      const { y, height } = await box(page, "#template-outcome");
      assert.ok(y + height <= 800, `it ends at ${y + height}`);
      assert.equal(await page.isVisible("#shape"), false, "the options are in the way");
    },
    { context: { viewport: { width: 360, height: 800 } } },
  );

  pageTest(
    "the page does not move as you choose examples",
    async (page) => {
      const tops = new Set();
      for (const button of await page.locator("#examples [aria-pressed]").all()) {
        await button.click();
        await settled(page);
        tops.add((await box(page, ".more")).y);
      }
      assert.equal(tops.size, 1, [...tops].join(", "));
    },
    { context: { viewport: { width: 1280, height: 800 } } },
  );

  for (const width of [360, 1280]) {
    pageTest(
      `no border and no text is cut off at ${width} pixels`,
      async (page) => {
        const clipped = () =>
          page.evaluate(() =>
            [
              ...document.querySelectorAll(
                "#split .pair, #split .dropped, #template li > *, #event .marked, .examples button, .options select",
              ),
            ]
              .filter((node) => {
                const own = node.getBoundingClientRect();
                const around = node.closest("ol, pre, main, .options").getBoundingClientRect();
                const isOutside = own.left < around.left || own.right > around.right || own.top < around.top;
                return isOutside || (node.matches("button") && node.scrollWidth > node.clientWidth);
              })
              .map((node) => node.outerHTML),
          );
        assert.deepEqual(await clipped(), []);
        // A dropped segment that comes first.
        await setState(page, { body: "newsletter&a=1&a=2" });
        assert.deepEqual(await clipped(), []);
        const gap = await page.evaluate(() => {
          const list = document.querySelector("#split").getBoundingClientRect();
          const chip = document.querySelector("#split .dropped").getBoundingClientRect();
          return [chip.left - list.left, chip.top - list.top];
        });
        assert.ok(Math.min(...gap) >= 0, `the first dropped segment begins ${gap} pixels outside of the list`);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
      },
      { context: { viewport: { width, height: 800 } } },
    );
  }

  pageTest("on paper, the comparison is whole and the buttons are gone", async (page) => {
    await setState(page, { body: "a=1&b&".repeat(100) });
    await page.emulateMedia({ media: "print" });
    for (const part of ["#split", "#template", "#event"]) {
      assert.ok(await page.locator(part).evaluate((node) => node.scrollHeight <= node.clientHeight + 1), `${part} is cut off`);
    }
    assert.equal(await page.isVisible("#copy-snippet"), false);
    assert.equal(await page.isVisible("#examples"), false);
  });
});

describe("screenshots", () => {
  const DROPPED = { body: "name=Ada+Lovelace&newsletter&next=/search?q=tea&=orphan&&path=C:\\new&note=" };
  const JAPANESE = { body: "名前=山田太郎&件名=お問い合わせ&本文=%E3%81%93%E3%82%93%E3%81%AB%E3%81%A1%E3%81%AF", decode: "true" };
  const shots = [
    ["desktop", 1280, "light", DROPPED],
    ["desktop-dark", 1280, "dark", { ...DROPPED, copy: "rust" }],
    ["phone", 375, "light", DROPPED],
    ["phone-dark", 375, "dark", { ...DROPPED, copy: "curl" }],
    ["japanese", 1280, "light", { ...JAPANESE, copy: "js" }],
    ["refused", 768, "light", { body: "name=Ada&note=%FF", decode: "true", utf8: "strict" }],
  ];
  for (const [name, width, colorScheme, state] of shots) {
    pageTest(
      name,
      async (page) => {
        if (name !== "refused") {
          await page.click("#measure");
          await page.locator("#speed-results").waitFor();
        }
        const image = await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
        assert.ok(image.length > 20_000, "the screenshot is almost empty");
      },
      { state, context: { viewport: { width, height: 900 }, colorScheme } },
    );
  }
});
