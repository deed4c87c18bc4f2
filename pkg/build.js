// `npm run build`: pkg/dist from the module that `cargo xtask wasm` leaves in target/wasm-bindgen.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const pkg = import.meta.dirname;
const dist = join(pkg, "dist");
const wasm = join(dist, "formevent.wasm");
const run = (program, ...args) => execFileSync(program, args, { cwd: pkg, stdio: "inherit" });

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const features = ["simd", "bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "multivalue", "reference-types"];
// The first 1,024 bytes of memory are the end of the stack, which no call comes near.
run(
  "wasm-opt",
  ...["-O3", "--converge", "--low-memory-unused", "--strip-debug", "--strip-producers", "--strip-target-features"],
  ...features.map((feature) => `--enable-${feature}`),
  ...["../target/wasm-bindgen/formevent_wasm_bg.wasm", "-o", wasm],
);

// The environment jsdom of Jest, which takes the CommonJS files, lacks these two.
const encoding = {
  js: "const{TextEncoder,TextDecoder}=globalThis.TextEncoder?globalThis:process.getBuiltinModule('util');",
};
// The module inside a script: its text is decoded wherever it runs.
const inlined = { entryPoints: ["ts/module.ts"], loader: { ".wasm": "binary" }, platform: "neutral" };
// The shapes, as the option `shape` names them.
const shapes = join(pkg, "../shapes");
const presets = () => ({
  loader: "json",
  contents: `{${readdirSync(shapes).map((file) => `${JSON.stringify(file.replace(/\.json$/, ""))}:${readFileSync(join(shapes, file), "utf8")}`)}}`,
});
// These import the others, so that there is one class of errors.
const imported = { "./index.js": "./core", "./media-type.js": "./media-type" };
const part = (name, extension) => ({
  entryPoints: [`ts/${name}.ts`],
  ...(extension === "js" ? { format: "esm" } : { format: "cjs", banner: encoding }),
  plugins: [
    {
      name: "import",
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^#shapes$/ }, ({ path }) => ({ path, namespace: "shapes" }));
        onLoad({ filter: /./, namespace: "shapes" }, presets);
        onResolve({ filter: /./ }, ({ path }) =>
          path in imported ? { path: `${imported[path]}.${extension}`, external: true } : undefined,
        );
      },
    },
  ],
});
for (const [file, options] of Object.entries({
  "core.js": { entryPoints: ["ts/index.ts"], format: "esm" },
  "core.cjs": { entryPoints: ["ts/index.ts"], format: "cjs", banner: encoding },
  "module.js": { ...inlined, format: "esm" },
  "module.cjs": { ...inlined, format: "cjs" },
  "aws.js": part("aws", "js"),
  "aws.cjs": part("aws", "cjs"),
  "multipart.js": part("multipart", "js"),
  "multipart.cjs": part("multipart", "cjs"),
  "shapes.js": part("shapes", "js"),
  "shapes.cjs": part("shapes", "cjs"),
  "template.js": part("template", "js"),
  "template.cjs": part("template", "cjs"),
  "media-type.js": part("media-type", "js"),
  "media-type.cjs": part("media-type", "cjs"),
  "verify.js": part("verify", "js"),
  "verify.cjs": part("verify", "cjs"),
})) {
  await build({
    absWorkingDir: pkg,
    outfile: join(dist, file),
    alias: { "#module": wasm },
    bundle: true,
    minify: true,
    target: "es2022",
    logLevel: "warning",
    ...options,
  });
}

// TypeScript wants the types under other names for those who `require`.
run("tsc");
for (const file of readdirSync(join(dist, "types"))) {
  const types = readFileSync(join(dist, "types", file), "utf8");
  writeFileSync(join(dist, "types", file.replace(/\.ts$/, ".cts")), types.replaceAll('.js";', '.cjs";'));
}
