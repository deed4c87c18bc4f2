// Runs the JavaScript of the documents against the packed package: each call returns what the comment below it says.
import assert from "node:assert/strict";
import { execFile as execFileCallback } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";

import { charts } from "../../benches/js/chart.js";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "target/npm/docs");
const execFile = promisify(execFileCallback);

const PRINT = `
import { inspect as show } from "node:util";
const print = (value) => console.log(typeof value === "string" ? value : show(value, { breakLength: Infinity }));
`;

before(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "docs", private: true, type: "module" }));
  const tarball = join(root, "target/npm/formevent.tgz");
  await execFile("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: folder });
});

const chapters = (await readdir(join(root, "docs/src"))).filter((name) => name.endsWith(".md"));
const documents = ["README.md", "pkg/README.md", ...chapters.map((name) => join("docs/src", name))];
for (const document of documents) {
  const text = await readFile(join(root, document), "utf8");
  for (const [index, [, script]] of [...text.matchAll(/^```js\n(.*?)^```/gms)].entries()) {
    const expected = [];
    const printing = script.replace(/^(\S.*);\n\/\/ (.*)$/gm, (_, call, result) => {
      expected.push(`${result}\n`);
      return call.startsWith("console.log(") ? `${call};` : `print(${call});`;
    });
    // package.test.js runs the pages, the workers and the streams of the package's README.
    if (expected.length === 0 && document === "pkg/README.md") continue;
    test(`${document}, snippet ${index + 1}`, async () => {
      assert.ok(expected.length > 0, "no call of this snippet has its result below");
      const file = join(folder, `${document.replaceAll(/\W/g, "-")}-${index}.js`);
      await writeFile(file, PRINT + printing);
      const { stdout } = await execFile(process.execPath, [file]);
      assert.equal(stdout, expected.join(""));
    });
  }
}

test("the handler of the package's README", async () => {
  const readme = await readFile(join(root, "pkg/README.md"), "utf8");
  const [handler] = readme.match(/(?<=^```js\n)(?:(?!^```).)*export const handler.*?(?=^```)/ms);
  const { event } = JSON.parse(await readFile(join(root, "tests/aws/events.json"), "utf8")).find(({ name }) => name === "a REST API");
  const file = join(folder, "handler.js");
  await writeFile(file, `${handler}\nconsole.log(await handler(${JSON.stringify(event)}));`);
  const { stdout } = await execFile(process.execPath, [file]);
  assert.match(stdout, /^\S.* writes from \S+\n\{ statusCode: 202 \}\n$/);
});

test("the pictures of the speed are those of the newest record", async () => {
  for (const [name, svg] of Object.entries(await charts())) {
    assert.equal(await readFile(join(root, "docs/src/images", name), "utf8"), svg, `${name}: npm run chart`);
  }
});
