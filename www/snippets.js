// Writes the page's state as a shell command, as Rust and as JavaScript. All input goes through a
// literal of the language that it lands in.

const URL_TO_POST_TO = "https://api.example.com/form";

const utf8 = (text) => [...new TextEncoder().encode(text)];
const hex = (value, digits) => value.toString(16).toUpperCase().padStart(digits, "0");
const isPrintable = (byte) => byte >= 0x20 && byte < 0x7f;

// ---- curl

/** Quotes a word for a POSIX shell: between single quotes, only the single quote is special. */
export const shellWord = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// Linux allows arguments of 128 KiB.
const MAX_ARGUMENT = 100_000;

export function curl({ body }) {
  // No argument can hold a NUL or a very long body, so these go through a pipe. printf is built into
  // the shell, so its arguments have no limit, and its %b understands escapes.
  if (body.includes("\0") || utf8(body).length > MAX_ARGUMENT) {
    const escaped = body.replaceAll("\\", "\\\\").replaceAll("\0", "\\0000");
    return `printf %b ${shellWord(escaped)} |\n  curl ${shellWord(URL_TO_POST_TO)} --data-binary @-`;
  }
  // Unlike --data, --data-raw does not read a file when the body begins with "@".
  return `curl ${shellWord(URL_TO_POST_TO)} \\\n  --data-raw ${shellWord(body)}`;
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

export function rust({ body }, info, { rules, decode, duplicates, utf8 }) {
  const imports = ["Event"];
  let options = "";
  if (rules === "whatwg") {
    imports.push("Rules");
    options += ".rules(Rules::Whatwg)";
  }
  if (decode) options += ".decode(true)";
  if (duplicates !== "keep") {
    imports.push("Duplicates");
    options += `.duplicates(Duplicates::${duplicates[0].toUpperCase()}${duplicates.slice(1)})`;
  }
  if (utf8 === "strict") {
    imports.push("Utf8");
    options += ".utf8(Utf8::Strict)";
  }
  if (options) imports.push("Options");

  const calls = [
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
    "fn main() -> Result<(), formevent::Error> {",
    `    let body = ${rustBytes(body)};`,
    "    let event = Event::new(body)",
    ...calls.map((call) => `        .${call}`),
    '    println!("{event}");',
    "    Ok(())",
    "}",
    "",
  ].join("\n");
}

// ---- JavaScript

/** Writes a string literal: every JSON string is one in JavaScript. */
const jsString = JSON.stringify;

export function js({ body }, info, { rules, decode, duplicates, utf8 }) {
  const entries = (list) => `[${list.map(([name, value]) => `[${jsString(name)}, ${jsString(value)}]`).join(", ")}]`;
  const about = [
    info.headers.length && `  headers: ${entries(info.headers)},`,
    info.stage && `  stage: ${jsString(info.stage)},`,
    info.sourceIp && `  sourceIp: ${jsString(info.sourceIp)},`,
    info.userAgent && `  userAgent: ${jsString(info.userAgent)},`,
    info.extra.length && `  extra: ${entries(info.extra)},`,
  ].filter(Boolean);
  const chosen = [
    rules !== "template" && `rules: ${jsString(rules)}`,
    decode && "decode: true",
    duplicates !== "keep" && `duplicates: ${jsString(duplicates)}`,
    utf8 !== "replace" && `utf8: ${jsString(utf8)}`,
  ].filter(Boolean);
  return [
    'import { formToEvent } from "formevent";',
    "",
    "// In a browser, call `await init()` first.",
    `const body = ${jsString(body)};`,
    `const info = {${about.length ? `\n${about.join("\n")}\n` : ""}};`,
    `const options = {${chosen.length ? ` ${chosen.join(", ")} ` : ""}};`,
    "console.log(formToEvent(body, info, options));",
    "",
  ].join("\n");
}
