// The ways to build and run a program that imports the package. Each row is a project: its files, the commands that
// build it, and a way to run the result. The result must print EXPECTED, or an error with a remedy, which another
// row then tests. `cargo xtask test` includes the rows with `common`.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { alone, forms, page, prints, probe, server, workerd } from "./matrix.js";

const MAIN = 'import { report } from "./probe.js";\nreport().then(console.log);\n';
const LOAD = { start: "await init();" };
const INLINE = { from: "formevent/inline" };
const html = (script = "main.js", type = "module") =>
  `<!doctype html><meta charset="utf-8"><title>row</title><body><script type="${type}" src="${script}"></script>\n`;

/** A program for Node, which does not call `init`. */
const forNode = (options) => ({ "probe.js": probe(options), "main.js": MAIN });
/** A program for a page, which does. */
const forPage = (options = LOAD) => ({ "probe.js": probe(options), "main.js": MAIN, "index.html": html() });
/** A page beside the bundle in `out`, which it loads. */
const withPage = (out, script, type) => ({ [`${out}/index.html`]: html(script, type) });

const SERVICE_WORKER = `import { report } from "./probe.js";
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => {
    if (event.request.url.endsWith("/report")) event.respondWith(report().then((text) => new Response(text)));
  });`;

/** The error of `init` if the bundler has left the module's file behind. */
const LEFT_BEHIND = /formevent cannot load its module \(.+\): import from "formevent\/inline", or pass init the URL of/;

// ---- Bundlers

const vite = ["5", "6", "7", "8"].flatMap((major) => [
  {
    name: `Vite ${major}, development`,
    common: Number(major) >= 7,
    files: forPage(),
    result: server(`vite${major} --port {port} --strictPort --host 127.0.0.1`, { pages: ["/"] }),
  },
  {
    name: `Vite ${major}, build`,
    common: Number(major) >= 7,
    files: forPage(),
    steps: [`vite${major} build --base ./`],
    result: page("dist"),
  },
  {
    name: `Vite ${major}, SSR with noExternal`,
    common: Number(major) >= 7,
    files: { ...forNode(), "vite.config.js": "export default { ssr: { noExternal: true } };" },
    steps: [`vite${major} build --ssr main.js`],
    result: alone("dist", "node main.js"),
  },
  {
    name: `Vite ${major}, SSR with noExternal, development`,
    files: {
      ...forNode(),
      "serve.js": `
        import { createServer } from ${JSON.stringify(major === "8" ? "vite" : `vite${major}`)};
        const vite = await createServer({ server: { middlewareMode: true }, appType: "custom", ssr: { noExternal: ["formevent"] } });
        const { report } = await vite.ssrLoadModule("/probe.js");
        console.log(await report());
        await vite.close();`,
    },
    result: prints("node serve.js"),
  },
]);

const packers = [
  ["webpack", "webpack --config pack.config.js"],
  ["Rspack", "rspack build --config pack.config.js"],
].flatMap(([packer, command]) => {
  const config = (target, mode = "production", more = "") => ({
    "pack.config.js": `export default { entry: "./main.js", mode: "${mode}", target: "${target}", devtool: false, output: { filename: "main.${target === "web" ? "js" : "cjs"}" }, ${more} };`,
  });
  return [
    {
      name: `${packer}, web`,
      common: true,
      files: { ...forPage(), ...config("web"), ...withPage("dist", "main.js", "text/javascript") },
      steps: [command],
      result: page("dist"),
    },
    {
      name: `${packer}, web, development`,
      files: { ...forPage(), ...config("web", "development"), ...withPage("dist", "main.js", "text/javascript") },
      steps: [command],
      result: page("dist"),
    },
    {
      name: `${packer}, web, require`,
      files: {
        "probe.cjs": probe({ required: true }),
        "main.js": MAIN.replace(".js", ".cjs"),
        ...config("web"),
        ...withPage("dist", "main.js", "text/javascript"),
      },
      steps: [command],
      result: page("dist"),
    },
    {
      name: `${packer}, node`,
      common: true,
      files: { ...forNode(), ...config("node") },
      steps: [command],
      result: alone("dist", "node main.cjs"),
    },
    {
      name: `${packer}, node, ES module`,
      files: {
        ...forNode(),
        "pack.config.js": `export default { entry: "./main.js", mode: "production", target: "node22", experiments: { outputModule: true }, output: { module: true, filename: "main.mjs", library: { type: "module" } } };`,
      },
      steps: [command],
      result: alone("dist", "node main.mjs"),
    },
  ];
});

const ROLLUP = "rollup main.js --plugin node-resolve --silent";
const rollup = [
  {
    name: "Rollup, web",
    common: true,
    files: { ...forPage(), ...withPage("dist") },
    steps: ["rollup main.js --plugin node-resolve={browser:true} --silent --format es --dir dist"],
    result: page("dist"),
    error: LEFT_BEHIND,
  },
  {
    name: "Rollup, web, formevent/inline",
    common: true,
    files: { ...forPage(INLINE), ...withPage("dist") },
    steps: ["rollup main.js --plugin node-resolve={browser:true} --silent --format es --dir dist"],
    result: page("dist"),
  },
  {
    name: "Rollup, web, formevent/inline, IIFE",
    files: { ...forPage(INLINE), ...withPage("dist", "main.js", "text/javascript") },
    steps: ["rollup main.js --plugin node-resolve={browser:true} --silent --format iife --file dist/main.js"],
    result: page("dist"),
  },
  {
    name: "Rollup, web, without the plugin's option browser",
    files: { ...forPage(), ...withPage("dist") },
    steps: [`${ROLLUP} --format es --dir dist`],
    result: page("dist"),
  },
  {
    name: "Rollup, node",
    common: true,
    files: forNode(),
    steps: [`${ROLLUP} --format es --file dist/main.mjs`],
    result: alone("dist", "node main.mjs"),
  },
  {
    name: "Rollup, node, CJS, with the plugin commonjs",
    files: forNode(),
    steps: [`${ROLLUP} --plugin commonjs --format cjs --file dist/main.cjs`],
    result: alone("dist", "node main.cjs"),
  },
];

// Puts the script into the page.
const SINGLE = `
  import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
  mkdirSync("dist");
  const script = readFileSync("main.min.js", "utf8").replaceAll("</script", "<\\\\/script");
  writeFileSync("dist/index.html", \`<!doctype html><meta charset="utf-8"><body><script>\${script}</script>\`);`;

const ESBUILD = "esbuild main.js --bundle --minify --log-level=warning";
const esbuild = [
  {
    name: "esbuild, web",
    common: true,
    files: { ...forPage(), ...withPage("dist") },
    steps: [`${ESBUILD} --format=esm --outfile=dist/main.js`],
    result: page("dist"),
    error: LEFT_BEHIND,
  },
  {
    name: "esbuild, web, on a host that answers with a page",
    files: { ...forPage(), ...withPage("dist") },
    steps: [`${ESBUILD} --format=esm --outdir=dist`],
    result: page("dist", { single: true, ignores: false }),
    error: /http:\/\/127.+\/formevent.wasm is not WebAssembly: it begins with "<!doctype html>.+formevent\/inline/,
  },
  {
    name: "esbuild, web, IIFE",
    files: { ...forPage(), ...withPage("dist", "main.js", "text/javascript") },
    steps: [`${ESBUILD} --outfile=dist/main.js`],
    result: page("dist"),
    error: LEFT_BEHIND,
  },
  {
    name: "esbuild, web, formevent/inline",
    common: true,
    files: { ...forPage(INLINE), ...withPage("dist", "main.js", "text/javascript") },
    steps: [`${ESBUILD} --outfile=dist/main.js`],
    result: page("dist"),
  },
  {
    name: "esbuild, web, the URL of formevent/formevent.wasm",
    files: {
      ...forPage({ more: 'import url from "formevent/formevent.wasm";', start: "await init(new URL(url, import.meta.url));" }),
      ...withPage("dist"),
    },
    steps: [`${ESBUILD} --format=esm --loader:.wasm=file --outfile=dist/main.js`],
    result: page("dist"),
  },
  {
    name: "esbuild, web, a page in a single file",
    files: { ...forPage(INLINE), "single.js": SINGLE },
    steps: [`${ESBUILD} --outfile=main.min.js`, "node single.js"],
    result: page("dist"),
  },
  {
    name: "esbuild, node, ES module",
    common: true,
    files: forNode(),
    steps: [`${ESBUILD} --platform=node --format=esm --outfile=dist/main.mjs`],
    result: alone("dist", "node main.mjs"),
  },
  {
    name: "esbuild, node, CJS",
    common: true,
    files: forNode(),
    steps: [`${ESBUILD} --platform=node --outfile=dist/main.cjs`],
    result: alone("dist", "node main.cjs"),
  },
  {
    name: "esbuild, node, CJS, require",
    files: { "probe.cjs": probe({ required: true }), "main.js": MAIN.replace(".js", ".cjs") },
    steps: [`${ESBUILD} --platform=node --outfile=dist/main.cjs`],
    result: alone("dist", "node main.cjs"),
  },
  {
    name: "esbuild, node, formevent/slim with the file as bytes",
    files: forNode({ from: "formevent/slim", more: 'import bytes from "formevent/formevent.wasm";', start: "initSync(bytes);" }),
    steps: [`${ESBUILD} --platform=node --loader:.wasm=binary --target=node22 --outfile=dist/main.cjs`],
    result: alone("dist", "node main.cjs"),
  },
];

const parcel = [
  {
    name: "Parcel, web",
    common: true,
    files: forPage(),
    steps: ["parcel build index.html --no-cache --public-url ./"],
    result: page("dist"),
  },
  {
    name: "Parcel, web, development",
    files: forPage(),
    result: server("parcel serve index.html --no-cache --port {port} --host 127.0.0.1", { pages: ["/"] }),
  },
  {
    name: "Parcel, node",
    files: forNode(),
    manifest: {
      main: "dist/main.cjs",
      targets: { main: { source: "main.js", context: "node", includeNodeModules: true, outputFormat: "commonjs" } },
      engines: { node: ">=22" },
    },
    steps: ["parcel build --no-cache"],
    result: alone("dist", "node main.cjs"),
  },
];

// ---- Frameworks

// A page on the client and one on the server, a route, and a route of the edge runtime.
const NEXT = {
  "app/layout.js": "export default ({ children }) => <html lang='en'><body>{children}</body></html>;",
  "app/client.js": `"use client";
    import { useEffect } from "react";
    import { report } from "../client-probe.js";
    export default function Client() {
      useEffect(() => void report().then(console.log), []);
      return <p>client</p>;
    }`,
  "app/page.js": `import Client from "./client.js";\nexport default () => <Client />;`,
  "app/server/page.js": `import { report } from "../../probe.js";
    export const dynamic = "force-dynamic";
    export default async () => <pre dangerouslySetInnerHTML={{ __html: await report() }} />;`,
  "app/route/route.js": `import { report } from "../../probe.js";
    export const dynamic = "force-dynamic";
    export const GET = async () => new Response(await report());`,
  "pages/api/edge.js": `import { report } from "../../probe.js";
    export const config = { runtime: "edge" };
    export default async () => new Response(await report());`,
  "probe.js": probe(),
  "client-probe.js": probe(LOAD),
  "next.config.js": `
    import { join, relative } from "node:path";
    const root = join(import.meta.dirname, "../..");
    export default { turbopack: { root }, outputFileTracingRoot: root };`,
};

// With webpack, Next 16.4 fails at any route of `app` in the edge runtime, even without the package.
const NEXT_EDGE = {
  "app/edge/route.js": `import { report } from "../../probe.js";
    export const runtime = "edge";
    export const GET = async () => new Response(await report());`,
};

const EXAMPLES = join(import.meta.dirname, "../../examples/frameworks");
/** The files of an example, with `contact.js` in `folder`. */
function example(name, folder = "") {
  const paths = readdirSync(join(EXAMPLES, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map((path) => [relative(join(EXAMPLES, name), path), readFileSync(path, "utf8")]);
  return { ...Object.fromEntries(files), [join(folder, "contact.js")]: readFileSync(join(EXAMPLES, "contact.js"), "utf8") };
}

const frameworks = [
  ...["turbopack", "webpack"].flatMap((bundler) => {
    const whole = bundler === "turbopack";
    const files = { ...NEXT, ...(whole ? NEXT_EDGE : {}) };
    const paths = { pages: ["/"], routes: ["/server", "/route", "/api/edge", ...(whole ? ["/edge"] : [])] };
    return [
      {
        name: `Next 16, ${bundler}, build`,
        common: whole,
        files,
        steps: [`next build --${bundler}`],
        result: server("next start --port {port} --hostname 127.0.0.1", paths),
      },
      {
        name: `Next 16, ${bundler}, development`,
        files,
        result: server(`next dev --${bundler} --port {port} --hostname 127.0.0.1`, paths),
      },
    ];
  }),
  ...["build", "development"].map((way) => ({
    name: `SvelteKit, ${way}`,
    common: way === "build",
    files: {
      "src/app.html": "<!doctype html><html><head>%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>",
      "src/probe.js": probe(),
      "src/client-probe.js": probe(LOAD),
      "src/routes/+page.svelte": `<script>
        import { onMount } from "svelte";
        import { report } from "../client-probe.js";
        onMount(() => void report().then(console.log));
      </script>`,
      "src/routes/server/+server.js": `import { report } from "../../probe.js";\nexport const GET = async () => new Response(await report());`,
      "vite.config.js": `import adapter from "@sveltejs/adapter-node";
        import { sveltekit } from "@sveltejs/kit/vite";
        export default { plugins: [sveltekit({ adapter: adapter() })], ssr: { noExternal: ["formevent"] } };`,
    },
    ...(way === "build" ? { steps: ["vite8 build"] } : {}),
    result: server(way === "build" ? "HOST=127.0.0.1 PORT={port} node build" : "vite8 --port {port} --strictPort --host 127.0.0.1", {
      pages: ["/"],
      routes: ["/server"],
    }),
  })),
  {
    name: "Next 16, the example of a form",
    common: true,
    files: { ...example("next"), "next.config.js": NEXT["next.config.js"] },
    steps: ["next build"],
    result: forms("next start --port {port} --hostname 127.0.0.1", { knowsSender: false, readsOn: false }),
  },
  {
    name: "SvelteKit, the example of a form",
    common: true,
    files: example("sveltekit", "src/lib"),
    steps: ["vite8 build"],
    result: forms("HOST=127.0.0.1 PORT={port} PROTOCOL_HEADER=x-forwarded-proto node build", { sameOrigin: true }),
  },
];

// ---- Runners of tests and of TypeScript

const JEST = `const { report } = require("./probe.js");\ntest("row", async () => console.log(await report()));\n`;
const MODULE_TEST = `import { report } from "./probe.js";\ntest("row", async () => console.log(await report()));\n`;
const TYPED = 'import { report } from "./probe.js";\nreport().then((text: string) => console.log(text));\n';
const runners = [
  {
    name: "Jest, CJS",
    common: true,
    manifest: { type: "commonjs" },
    files: { "probe.js": probe({ required: true }), "row.test.js": JEST },
    result: prints("jest"),
  },
  {
    name: "Jest, ES modules",
    files: { "probe.js": probe(), "row.test.js": MODULE_TEST, "jest.config.js": "export default { transform: {} };" },
    result: prints("NODE_OPTIONS=--experimental-vm-modules jest"),
  },
  {
    name: "Jest, jsdom",
    common: true,
    manifest: { type: "commonjs" },
    files: { "probe.js": probe({ required: true }), "row.test.js": JEST },
    result: prints("jest --env jsdom"),
  },
  ...["node", "jsdom", "happy-dom"].map((environment) => ({
    name: `Vitest, ${environment}`,
    common: environment !== "happy-dom",
    files: { "probe.js": probe(), "row.test.js": `import { test } from "vitest";\n${MODULE_TEST}` },
    result: prints(`vitest run --environment ${environment}`),
  })),
  { name: "tsx", common: true, files: { "probe.ts": probe(), "main.ts": TYPED }, result: prints("tsx main.ts") },
  {
    name: "tsx, CJS",
    manifest: { type: "commonjs" },
    files: { "probe.ts": probe(), "main.ts": TYPED },
    result: prints("tsx main.ts"),
  },
  {
    name: "ts-node",
    manifest: { type: "commonjs" },
    files: {
      "probe.ts": probe(),
      "main.ts": TYPED.replace(".js", ""),
      "tsconfig.json": JSON.stringify({ compilerOptions: { module: "nodenext", strict: true, types: ["node"] } }),
    },
    result: prints("ts-node main.ts"),
  },
  { name: "Node, types stripped", files: { "probe.ts": probe(), "main.ts": TYPED.replace(".js", ".ts") }, result: prints("node main.ts") },
];

// ---- Types

const CONSUMER = `
import { FormError, type FormOptions, formToEventBytes, formToJson } from "formevent";
import { type AwsEvent, formFromAws } from "formevent/aws";
import * as inline from "formevent/inline";
import { checkMediaType } from "formevent/media-type";
import { formToEvent, type ShapeName } from "formevent/shapes";
import * as slim from "formevent/slim";
import { verdict } from "formevent/template";
import { type SignatureScheme, verifySignature } from "formevent/verify";

const options: FormOptions = { decode: true };
const texts: string[] = [formToJson("a=1", options), inline.formToJson("a=1"), slim.formToJson("a=1")];
const bytes: Uint8Array = formToEventBytes("a=1");
// @ts-expect-error bytes are neither a string nor any
const wrong: string = formToEventBytes("a=1");
try {
  slim.initSync(bytes);
} catch (error) {
  if (error instanceof FormError && error.code === "too-many-pairs") void error.offset?.toFixed();
}
export const shaped = (event: AwsEvent, shape: ShapeName): string => formToEvent(formFromAws(event).body, {}, { shape });
checkMediaType(new Map([["content-type", "application/x-www-form-urlencoded"]]));
export const verified = (scheme: "slack" | SignatureScheme): Promise<void> =>
  verifySignature({ headers: new Map<string, string>() }, bytes, scheme, ["new", "old"], { window: 60 });
void [texts, wrong, verdict("a=1").verdict];
`;
const REQUIRER = `
import formevent = require("formevent");
import aws = require("formevent/aws");
import shapes = require("formevent/shapes");
import slim = require("formevent/slim");

const text: string = formevent.formToJson("a=1") + slim.formToJson("a=1");
const event = (posted: aws.AwsEvent): string => shapes.formToEvent(aws.formFromAws(posted).body);
// @ts-expect-error a number is not a body
formevent.formToJson(1);
export = [text, event];
`;

const RESOLUTIONS = {
  node16: { module: "node16" },
  nodenext: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
  node10: { module: "commonjs", moduleResolution: "node10" },
};
const LIBRARIES = { DOM: ["es2023", "dom", "dom.iterable"], "no DOM": ["es2023"] };
const typescript = ["5", "6", "7"].flatMap((major) =>
  Object.entries(RESOLUTIONS)
    // TypeScript 7 has removed it.
    .filter(([resolution]) => major !== "7" || resolution !== "node10")
    .flatMap(([resolution, options]) =>
      Object.entries(LIBRARIES).map(([library, lib]) => {
        const deprecated = resolution === "node10" && major === "6" ? { ignoreDeprecations: "6.0" } : {};
        const compilerOptions = { strict: true, noEmit: true, target: "es2022", types: [], lib, ...options, ...deprecated };
        return {
          name: `TypeScript ${major}, ${resolution}, ${library}`,
          common: major === "6" && library === "no DOM",
          files: {
            "tsconfig.json": JSON.stringify({ compilerOptions }),
            ...(compilerOptions.moduleResolution ? { "consumer.ts": CONSUMER } : { "consumer.mts": CONSUMER, "requirer.cts": REQUIRER }),
          },
          steps: [`tsc${major}`],
        };
      }),
    ),
);

// ---- Other runtimes, and pages without a bundler

const WORKER = `import { report } from "./probe.js";\nexport default { fetch: async () => new Response(await report()) };\n`;
const DENO = JSON.stringify({ nodeModulesDir: "manual" });
const runtimes = [
  { name: "Node, import", common: true, files: forNode(), result: prints("node main.js") },
  {
    name: "Node, require",
    common: true,
    files: { "probe.cjs": probe({ required: true }), "main.cjs": 'require("./probe.cjs").report().then(console.log);' },
    result: prints("node main.cjs"),
  },
  {
    name: "wrangler, in workerd",
    common: true,
    files: {
      "probe.js": probe(),
      "worker.js": WORKER,
      "wrangler.jsonc": JSON.stringify({ name: "row", main: "worker.js", compatibility_date: "2026-01-01" }),
    },
    steps: ["wrangler deploy --dry-run --outdir dist"],
    result: workerd("dist"),
  },
  {
    name: "wrangler, formevent/inline, in workerd",
    files: {
      "probe.js": probe(INLINE),
      "worker.js": WORKER,
      "wrangler.jsonc": JSON.stringify({ name: "row", main: "worker.js", compatibility_date: "2026-01-01" }),
    },
    steps: ["wrangler deploy --dry-run --outdir dist"],
    result: workerd("dist"),
  },
  { name: "Deno, run", common: true, files: { ...forNode(), "deno.json": DENO }, result: prints("deno run --no-prompt main.js") },
  {
    name: "Deno, npm:",
    files: { ...forNode({ from: "npm:formevent" }), "deno.json": DENO },
    result: prints("deno run --no-prompt main.js"),
  },
  { name: "Deno, check", files: { "consumer.ts": CONSUMER, "deno.json": DENO }, steps: ["deno check consumer.ts"] },
  {
    name: "Deno, bundle",
    files: { ...forNode(), "deno.json": DENO },
    steps: ["deno bundle main.js -o dist/main.mjs"],
    result: alone("dist", "node main.mjs"),
  },
  {
    name: "Deno, compile",
    files: { ...forNode(), "deno.json": DENO },
    steps: ["deno compile --output dist/main main.js"],
    result: alone("dist", "./main"),
    // Deno downloads the runtime that it puts into the file from its own site.
    missing: /error sending request for url .+denort/,
  },
  { name: "Bun, run", common: true, files: forNode(), result: prints("bun main.js") },
  {
    name: "Bun, build, target bun",
    files: forNode(),
    steps: ["bun build main.js --target=bun --outfile=dist/main.js"],
    result: alone("dist", "bun main.js"),
  },
  {
    name: "Bun, build, target node",
    files: forNode(),
    steps: ["bun build main.js --target=node --outfile=dist/main.mjs"],
    result: alone("dist", "node main.mjs"),
  },
  {
    name: "Bun, build, target browser, development",
    files: { ...forPage(), ...withPage("dist") },
    steps: ["bun build main.js --target=browser --outdir=dist"],
    result: page("dist"),
  },
  {
    name: "Bun, build, target browser",
    files: { ...forPage(), ...withPage("dist") },
    steps: ["bun build main.js --target=browser --production --outdir=dist"],
    result: page("dist"),
    error: LEFT_BEHIND,
  },
  {
    name: "Bun, build, target browser, formevent/inline",
    files: { ...forPage(INLINE), ...withPage("dist") },
    steps: ["bun build main.js --target=browser --production --outdir=dist"],
    result: page("dist"),
  },
  {
    name: "Bun, build --compile",
    files: forNode(),
    steps: ["bun build main.js --compile --outfile=dist/main"],
    result: alone("dist", "./main"),
  },
];

const MAP = (entry) =>
  `<!doctype html><meta charset="utf-8"><script type="importmap">{ "imports": { "formevent": "${entry}" } }</script><script type="module" src="main.js"></script>`;
const CSP = (directive) => ({
  setHeaders: (response) =>
    response.setHeader("content-security-policy", `default-src 'none'; connect-src 'self'; script-src 'self' ${directive}`),
});
const BROWSER = "/node_modules/formevent/entries/browser.js";
const CDN = "/npm/formevent@0.1.0/entries/browser.js";
const INSTALLED = { "probe.js": probe({ from: BROWSER, start: "await init();" }) };
const pages = [
  {
    name: "a page with the package's files",
    common: true,
    files: { "probe.js": probe(LOAD), "main.js": MAIN, "index.html": MAP(BROWSER) },
    result: page("."),
  },
  {
    name: "a page with the package's files, formevent/inline",
    files: { "probe.js": probe(), "main.js": MAIN, "index.html": MAP(BROWSER.replace("browser", "inline")) },
    result: page("."),
  },
  {
    name: "a page with the package on a CDN",
    files: {
      "probe.js": probe({ from: CDN, start: "await init();" }),
      "main.js": MAIN,
      "index.html": html(),
      "copy.js": 'import { cpSync } from "node:fs";\ncpSync("node_modules/formevent", "npm/formevent@0.1.0", { recursive: true });',
    },
    steps: ["node copy.js"],
    result: page("."),
  },
  {
    name: "a web worker",
    common: true,
    files: {
      ...INSTALLED,
      "worker.js": 'import { report } from "./probe.js";\nreport().then(postMessage);',
      "main.js": 'new Worker("worker.js", { type: "module" }).onmessage = ({ data }) => console.log(data);',
      "index.html": html(),
    },
    result: page("."),
  },
  {
    name: "a service worker",
    files: {
      ...INSTALLED,
      "worker.js": SERVICE_WORKER,
      "main.js": `navigator.serviceWorker.oncontrollerchange = async () => console.log(await (await fetch("report")).text());
        await navigator.serviceWorker.register("worker.js", { type: "module" });`,
      "index.html": html(),
    },
    result: page("."),
  },
  {
    name: "a service worker, classic, formevent/inline by esbuild",
    files: {
      "probe.js": probe(INLINE),
      "worker.js": SERVICE_WORKER,
      "dist/main.js": `navigator.serviceWorker.oncontrollerchange = async () => console.log(await (await fetch("report")).text());
        navigator.serviceWorker.register("worker.js");`,
      ...withPage("dist"),
    },
    steps: ["esbuild worker.js --bundle --log-level=warning --outdir=dist"],
    result: page("dist"),
  },
  {
    name: "a strict Content-Security-Policy with 'wasm-unsafe-eval'",
    files: { ...INSTALLED, "main.js": MAIN, "index.html": html() },
    result: page(".", CSP("'wasm-unsafe-eval'")),
  },
  {
    name: "a strict Content-Security-Policy without",
    files: { ...INSTALLED, "main.js": MAIN, "index.html": html() },
    result: page(".", CSP("")),
    error: /formevent cannot load its module .+ allow 'wasm-unsafe-eval' in the Content-Security-Policy/,
  },
];

// ---- The other entries of the package

const EVERY = { entries: true };
const REQUIRED = { "probe.js": probe({ ...EVERY, required: true }), "row.test.js": JEST };
const entries = [
  { name: "Node, import", files: forNode(EVERY), result: prints("node main.js") },
  {
    name: "Node, require",
    manifest: { type: "commonjs" },
    files: { ...REQUIRED, "main.js": MAIN.replace(/import (.+) from (.+);/, "const $1 = require($2);") },
    result: prints("node main.js"),
  },
  {
    name: "Vite 8, build",
    files: forPage({ ...LOAD, ...EVERY }),
    steps: ["vite8 build --base ./"],
    result: page("dist"),
  },
  {
    name: "webpack, web",
    files: {
      ...forPage({ ...LOAD, ...EVERY }),
      "pack.config.js": 'export default { entry: "./main.js", mode: "production", target: "web" };',
      ...withPage("dist", "main.js", "text/javascript"),
    },
    steps: ["webpack --config pack.config.js"],
    result: page("dist"),
  },
  {
    name: "Rollup, node",
    files: forNode(EVERY),
    steps: [`${ROLLUP} --format es --file dist/main.mjs`],
    result: alone("dist", "node main.mjs"),
  },
  {
    name: "esbuild, web, formevent/inline",
    files: { ...forPage({ ...INLINE, ...EVERY }), ...withPage("dist", "main.js", "text/javascript") },
    steps: [`${ESBUILD} --outfile=dist/main.js`],
    result: page("dist"),
  },
  {
    name: "esbuild, node, CJS, require",
    files: { "probe.cjs": REQUIRED["probe.js"], "main.js": MAIN.replace(".js", ".cjs") },
    steps: [`${ESBUILD} --platform=node --outfile=dist/main.cjs`],
    result: alone("dist", "node main.cjs"),
  },
  { name: "Jest, CJS", manifest: { type: "commonjs" }, files: REQUIRED, result: prints("jest") },
  { name: "Jest, jsdom", manifest: { type: "commonjs" }, files: REQUIRED, result: prints("jest --env jsdom") },
  {
    name: "Vitest, jsdom",
    files: { "probe.js": probe(EVERY), "row.test.js": `import { test } from "vitest";\n${MODULE_TEST}` },
    result: prints("vitest run --environment jsdom"),
  },
  {
    name: "wrangler, in workerd",
    files: {
      "probe.js": probe(EVERY),
      "worker.js": WORKER,
      "wrangler.jsonc": JSON.stringify({ name: "row", main: "worker.js", compatibility_date: "2026-01-01" }),
    },
    steps: ["wrangler deploy --dry-run --outdir dist"],
    result: workerd("dist"),
  },
  { name: "Deno, run", files: { ...forNode(EVERY), "deno.json": DENO }, result: prints("deno run --no-prompt main.js") },
  { name: "Bun, run", files: forNode(EVERY), result: prints("bun main.js") },
].map((row) => ({ ...row, name: `${row.name}, every entry`, common: true }));

export const ROWS = [
  ...runtimes,
  ...vite,
  ...packers,
  ...rollup,
  ...esbuild,
  ...parcel,
  ...frameworks,
  ...runners,
  ...typescript,
  ...pages,
  ...entries,
];
