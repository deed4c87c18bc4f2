// The examples that people start from stand by themselves: copies of them, outside of the repository, build with the packed
// crate and the packed tarball in the place of the registries'.
import assert from "node:assert/strict";
import { execFile as execFileCallback } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..");
const tarball = join(root, "target/npm/formevent.tgz");
const { version } = JSON.parse(await readFile(join(root, "pkg/package.json"), "utf8"));

// Without what npm and cargo tell their children about this repository.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|CARGO_MANIFEST|CARGO_PKG)/i.test(name)));
const execFile = (program, args, options) =>
  promisify(execFileCallback)(program, args, { env: { ...env, WRANGLER_SEND_METRICS: "false" }, maxBuffer: 1 << 26, ...options }).catch(
    (error) => {
      throw new Error(`${program} ${args.join(" ")}\n${error.stdout}\n${error.stderr}`, { cause: error });
    },
  );

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "formevent-examples-"));
});
after(() => rm(folder, { recursive: true }));

async function copyOf(example) {
  const copy = join(folder, example);
  await cp(join(root, "examples", example), copy, { recursive: true, filter: (path) => !/\/(node_modules|target|\.wrangler)$/.test(path) });
  return copy;
}

test("edge-worker", async () => {
  const copy = await copyOf("edge-worker");
  const manifest = await readFile(join(copy, "package.json"), "utf8");
  await writeFile(join(copy, "package.json"), manifest.replace(`"formevent": "${version}"`, `"formevent": "file:${tarball}"`));
  await execFile("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: copy });
  await execFile("npm", ["run", "check"], { cwd: copy });
  const size = async (config) => {
    const { stdout } = await execFile("npx", ["wrangler", "deploy", "--dry-run", "--config", `${config}.jsonc`], { cwd: copy });
    return Number(/Total Upload: .* gzip: ([\d.]+) KiB/.exec(stdout)[1]);
  };
  await size("wrangler.durable");
  await size("wrangler.replay");
  const all = await size("wrangler");
  // Features that are deleted are not in the bundle.
  const features = join(copy, "src/features.ts");
  const text = await readFile(features, "utf8");
  await writeFile(
    features,
    text
      .replace("= parseMultipart;", "= undefined;")
      .replace(/= \[\w[^\]]*\];/, "= [];")
      .replace("{ lambda, sqs, sns, events, states };", "{ lambda };"),
  );
  const least = await size("wrangler");
  assert.ok(all < 50 && least < 41, `${all} KiB with all features, ${least} KiB without`);
});

test("edge-worker/cdk: the policy that the documentation has for each target", async () => {
  const cwd = await copyOf("edge-worker/cdk");
  await execFile("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd });
  await execFile("npm", ["run", "check"], { cwd });
  const synth = (target) => execFile("npx", ["cdk", "synth", "--json", "-c", `target=${target}`], { cwd });
  const reference = await readFile(join(root, "docs/src/worker.md"), "utf8");
  const rows = [...reference.matchAll(/^\| `(arn:aws:[^`]*)`.* \| `(\w+:\w+)` \|$/gm)];
  assert.equal(rows.length, 5);
  for (const [, arn, action] of rows) {
    const { Resources } = JSON.parse((await synth(arn)).stdout);
    const kinds = Object.values(Resources).map(({ Type, Properties }) => [Type, Properties?.PolicyDocument.Statement]);
    assert.deepEqual(kinds, [
      ["AWS::IAM::User", undefined],
      ["AWS::IAM::Policy", [{ Action: action, Effect: "Allow", Resource: arn }]],
    ]);
  }
  await assert.rejects(synth("arn:aws:s3:::forms"), /must be an ARN of lambda, sqs, sns, events, states/);
});

test("the functions in Rust", async () => {
  await execFile("cargo", ["package", "--quiet", "-p", "formevent", "--no-verify", "--allow-dirty"], { cwd: root });
  await execFile("tar", ["-xzf", join(root, `target/package/formevent-${version}.crate`), "-C", folder]);
  const crate = join(folder, `formevent-${version}`);
  // For cargo, the nearest such folder above is the project's.
  await mkdir(join(folder, ".cargo"));
  await writeFile(join(folder, ".cargo/config.toml"), `[patch.crates-io]\nformevent = { path = ${JSON.stringify(crate)} }\n`);
  for (const example of ["lambda", "lambda-http"]) {
    const copy = await copyOf(example);
    // The versions that everything else is tested with.
    await cp(join(root, "Cargo.lock"), join(copy, "Cargo.lock"));
    await execFile("cargo", ["check", "--quiet", "--all-targets", "--target-dir", join(root, "target/examples")], { cwd: copy });
  }
  // Its builds are there already.
  const copy = await copyOf("lambda-front");
  const options = ["--quiet", "--locked", "--all-targets", "--target-dir", join(root, "target/lambda-front")];
  await execFile("cargo", ["check", ...options], { cwd: copy });
});
