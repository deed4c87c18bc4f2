// Writes the page's state as shell commands, as Rust and as JavaScript. All input goes through a
// literal of the language that it lands in.

import { headerJson, SETTINGS } from "./form.js";

const utf8 = (text) => [...new TextEncoder().encode(text)];
const hex = (value, digits) => value.toString(16).toUpperCase().padStart(digits, "0");
const isPrintable = (byte) => byte >= 0x20 && byte < 0x7f;

// ---- curl

/** Quotes a word for a POSIX shell: between single quotes, only the single quote is special. */
export const shellWord = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// Linux allows arguments of 128 KiB.
const MAX_ARGUMENT = 100_000;

// No argument can hold a NUL, but the %b of printf understands escapes. printf is built into the shell, so
// its arguments have no limit.
function printf(text) {
  if (!text.includes("\0")) return `printf %s ${shellWord(text)}`;
  return `printf %b ${shellWord(text.replaceAll("\\", "\\\\").replaceAll("\0", "\\0000"))}`;
}

export function curl({ body, address, settings = {} }) {
  const header = Object.keys(settings).length ? ` \\\n  --header ${shellWord(`${SETTINGS}: ${headerJson(settings)}`)}` : "";
  if (body.includes("\0") || utf8(body).length > MAX_ARGUMENT) {
    return `${printf(body)} |\n  curl ${shellWord(address)}${header} \\\n  --data-binary @-`;
  }
  // Unlike --data, --data-raw does not read a file when the body begins with "@".
  return `curl ${shellWord(address)}${header} \\\n  --data-raw ${shellWord(body)}`;
}

// ---- The command

export function command({ body, shape }, info, { rules, decode, duplicates, utf8 }, preset) {
  const isOwn = shape === "own";
  const words = [
    shape !== "template" && `--shape ${isOwn ? "shape.json" : shape}`,
    rules !== preset.rules && `--rules ${rules}`,
    decode !== preset.decode && `--decode=${decode}`,
    duplicates !== "keep" && `--duplicates ${duplicates}`,
    utf8 === "strict" && "--strict-utf8",
    ...info.headers.map(([name, value]) => `--header ${shellWord(`${name}: ${value}`)}`),
    info.stage && `--stage ${shellWord(info.stage)}`,
    info.sourceIp && `--source-ip ${shellWord(info.sourceIp)}`,
    info.userAgent && `--user-agent ${shellWord(info.userAgent)}`,
    ...info.extra.map(([name, value]) => `--extra ${shellWord(`${name}=${value}`)}`),
  ].filter(Boolean);
  const file = isOwn ? `${printf(JSON.stringify(preset.shape))} >shape.json\n` : "";
  return `${file}${printf(body)} |\n  ${["formevent", ...words].join(" \\\n    ")}`;
}

// ---- Rust

const RUST_ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

/** Writes a byte string literal: printable ASCII as it is, every other byte as `\xHH`. */
export function rustBytes(text) {
  const escaped = utf8(text).map((byte) => {
    const character = String.fromCharCode(byte);
    return RUST_ESCAPES[character] ?? (isPrintable(byte) ? character : `\\x${hex(byte, 2)}`);
  });
  return `b"${escaped.join("")}"`;
}

/** Writes a string literal. Rust refuses characters that change the direction of text, so they are escaped too. */
export function rustString(text) {
  const escaped = text.replace(/["\\\p{Cc}\p{Bidi_C}]/gu, (character) => {
    return RUST_ESCAPES[character] ?? `\\u{${hex(character.codePointAt(0), 1)}}`;
  });
  return `"${escaped}"`;
}

const pascalCase = (name) => name.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());

export function rust({ body, shape }, info, { rules, decode, duplicates, utf8 }, preset) {
  const isOwn = shape === "own";
  const hasTime = /"\$time(Epoch)?"/.test(JSON.stringify(preset.shape));
  const imports = ["Event"];
  if (isOwn) imports.push("Shape");
  else if (shape !== "template") imports.push("Preset");
  let options = "";
  if (rules === "whatwg") {
    imports.push("Rules");
    options += ".rules(Rules::Whatwg)";
  }
  if (decode) options += ".decode(true)";
  if (duplicates !== "keep") {
    imports.push("Duplicates");
    options += `.duplicates(Duplicates::${pascalCase(duplicates)})`;
  }
  if (utf8 === "strict") {
    imports.push("Utf8");
    options += ".utf8(Utf8::Strict)";
  }
  if (options) imports.push("Options");

  const calls = [
    isOwn ? "shape(&shape)" : shape !== "template" && `shape(Preset::${pascalCase(shape)}.shape())`,
    hasTime && "time_epoch(u64::try_from(now.as_millis())?)",
    options && `options(Options::new()${options})`,
    ...info.headers.map(([name, value]) => `header(${rustString(name)}, ${rustString(value)})`),
    info.stage && `stage(${rustString(info.stage)})`,
    info.sourceIp && `source_ip(${rustString(info.sourceIp)})`,
    info.userAgent && `user_agent(${rustString(info.userAgent)})`,
    ...info.extra.map(([name, value]) => `extra(${rustString(name)}, ${rustString(value)})`),
    "to_string()?;",
  ].filter(Boolean);

  const imported = imports.length > 1 ? `{${imports.sort().join(", ")}}` : imports[0];
  return [
    `use formevent::${imported};`,
    "",
    `fn main() -> Result<(), ${isOwn || hasTime ? "Box<dyn std::error::Error>" : "formevent::Error"}> {`,
    `    let body = ${rustBytes(body)};`,
    isOwn && `    let shape: Shape = ${rustString(JSON.stringify(preset.shape))}.parse()?;`,
    hasTime && "    let now = std::time::UNIX_EPOCH.elapsed()?;",
    "    let event = Event::new(body)",
    ...calls.map((call) => `        .${call}`),
    '    println!("{event}");',
    "    Ok(())",
    "}",
    "",
  ]
    .filter((line) => line !== false)
    .join("\n");
}

// ---- JavaScript

/** Writes a string literal: every JSON string is one in JavaScript. */
const jsString = JSON.stringify;

/** Writes an object literal, in which `"__proto__"` alone would set the prototype. */
const jsObject = (object) => JSON.stringify(object).replaceAll('"__proto__":', '["__proto__"]:');

export function js({ body, shape }, info, { rules, decode, duplicates, utf8 }, preset) {
  const entries = (list) => `[${list.map(([name, value]) => `[${jsString(name)}, ${jsString(value)}]`).join(", ")}]`;
  const about = [
    info.headers.length && `  headers: ${entries(info.headers)},`,
    info.stage && `  stage: ${jsString(info.stage)},`,
    info.sourceIp && `  sourceIp: ${jsString(info.sourceIp)},`,
    info.userAgent && `  userAgent: ${jsString(info.userAgent)},`,
    info.extra.length && `  extra: ${entries(info.extra)},`,
  ].filter(Boolean);
  const chosen = [
    shape !== "template" && `shape: ${shape === "own" ? jsObject(preset.shape) : jsString(shape)}`,
    rules !== preset.rules && `rules: ${jsString(rules)}`,
    decode !== preset.decode && `decode: ${decode}`,
    duplicates !== "keep" && `duplicates: ${jsString(duplicates)}`,
    utf8 !== "replace" && `utf8: ${jsString(utf8)}`,
  ].filter(Boolean);
  return [
    ...(shape === "template"
      ? ['import { formToEvent } from "formevent";']
      : ['import "formevent";', 'import { formToEvent } from "formevent/shapes";']),
    "",
    "// In a browser, call `await init()` first.",
    `const body = ${jsString(body)};`,
    `const info = {${about.length ? `\n${about.join("\n")}\n` : ""}};`,
    `const options = {${chosen.length ? ` ${chosen.join(", ")} ` : ""}};`,
    "console.log(formToEvent(body, info, options));",
    "",
  ].join("\n");
}
