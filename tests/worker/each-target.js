// The tests that every sender of events has to pass, with each target: the edge worker and examples/lambda-front.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { CREDENTIALS } from "./aws.js";
import { startMoto, THROTTLED } from "./moto.js";
import { setUp, TARGETS } from "./targets.js";

const running = [];
after(() => Promise.all(running.map((it) => it.close())));

/** Closes the started program or server when the tests have ended. */
export const started = async (starting) => {
  const it = await starting;
  running.push(it);
  return it;
};

export const moto = await started(startMoto());

/** Takes `count` messages from a target, and checks that no more are there. */
export async function taken({ receive }, count) {
  const messages = [];
  await until(async () => {
    messages.push(...(await receive()));
    return messages.length >= count;
  });
  assert.equal(messages.length, count);
  return messages;
}

export const targets = await Promise.all(
  Object.keys(TARGETS)
    .filter((name) => name !== "sqs-fifo")
    .map(async (name) => {
      const it = await setUp(moto, name);
      running.push(it.gate);
      return { ...it, name: it.title, take: (count) => taken(it, count) };
    }),
);

/** The settings of each target's tests. */
export const CASES = Object.fromEntries(
  targets.flatMap(({ name, settings }) => [
    [name, { ...settings, DECODE: "true", EXTRA_MEMBERS: '{"site":"\ufffe"}' }],
    [`${name}, in short`, { ...settings, TIME_BUDGET_MS: "50" }],
    [`${name}, missing`, { ...settings, TARGET: `${settings.TARGET}-2` }],
    [`${name}, forged`, { ...settings, AWS_SECRET_ACCESS_KEY: "wrong" }],
  ]),
);

/**
 * Tests a sender. `post(name, body)` posts a form to the sender with the settings `CASES[name]`, and returns its answer.
 * `failed[service]` makes the body of an answer in which the event fails, `refused` or `temporary`.
 */
export function testTarget({ name, service, gate, take }, post, failed) {
  describe(name, () => {
    test("gets the event of a form, with every character", async () => {
      gate.fail();
      const text = "\0\x01\t\n\r\x1f\x7f\x85\"\\/<&>'+%=\ud7ff\ue000\ufdd0\ufffd\ufffe\uffff\u2028\ufeff\u{1fffe}\u{10ffff}山";
      const { status, json, logged } = await post(name, `a=${encodeURIComponent(text)}&b=1+%26`);
      assert.equal(status, 202);
      await logged(0);
      const [{ text: event, beside }] = await take(1);
      const { requestId, querystring, site } = JSON.parse(event);
      assert.deepEqual([requestId, querystring, site], [json.requestId, { a: text, b: "1 &" }, "\ufffe"]);
      const expected = { events: { source: "formevent", type: "form" }, states: { name: requestId } };
      assert.deepEqual(beside, expected[service] ?? {});
      assert.equal(gate.calls.length, 1);
      // Moto takes the others, too.
      const [{ MessageBody, Message, Detail, input }] = gate.calls[0].entries;
      assert.match(MessageBody ?? Message ?? Detail ?? input, /^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u);
    });

    test("gets it once the target is back, with the same id", async () => {
      const [code, answer] = THROTTLED[service];
      gate.fail((number) => [{ status: 400, ...answer }, { status: 503 }][number]);
      const { status, json, logged } = await post(name, "a=1");
      assert.equal(status, 202);
      const events = await take(1);
      assert.equal(JSON.parse(events[0].text).requestId, json.requestId);
      assert.equal(gate.calls.length, 3);
      for (const { entries } of gate.calls) assert.deepEqual(entries, gate.calls[0].entries);
      const causes = (await logged(2)).map((line) => JSON.parse(line).cause);
      assert.deepEqual(causes, [`status 400 ${code}`, "status 503"]);
    });

    test("refuses an event: the cause is in the log but not in the answer", async () => {
      gate.fail();
      const missing = {
        sqs: "QueueDoesNotExist",
        sns: "NotFound",
        states: "StateMachineDoesNotExist",
        events: "ResourceNotFoundException",
      };
      for (const [change, cause] of [
        ["missing", new RegExp(`^status 40[04] ${missing[service]}$`)],
        ["forged", /^status 403 InvalidSignatureException$/],
      ]) {
        const { status, json, logged } = await post(`${name}, ${change}`, "form=secret-form");
        assert.deepEqual([status, json.code], [502, "target-refused"]);
        assert.doesNotMatch(json.detail, /40|NotFound|Exist|Signature|formevent-/);
        const [line] = await logged(1);
        assert.match(JSON.parse(line).cause, cause);
        for (const secret of [...Object.values(CREDENTIALS), "secret-", "wrong"]) assert.ok(!line.includes(secret), line);
      }
    });

    test("has an event only if its answer says so", async () => {
      for (const body of [
        // The answers of something else than AWS.
        "",
        "null",
        "<html></html>",
        '{"Successful":[],"Failed":[],"Entries":[],"FailedEntryCount":0}',
        "<PublishBatchResponse><Successful/><Failed/></PublishBatchResponse>",
        '{"Entries":[{}],"Successful":[{"Id":"1"}]}',
        ...(failed[service] ? [failed[service]({ temporary: ["0"] })] : []),
      ]) {
        gate.fail(() => ({ status: 200, body }));
        const { status, json } = await post(`${name}, in short`, "a=1");
        assert.deepEqual([status, json.code], [503, "target-unavailable"], body);
      }
      if (!failed[service]) return;
      gate.fail(() => ({ status: 200, body: failed[service]({ refused: ["0"] }) }));
      const { status, json } = await post(name, "a=1");
      assert.deepEqual([status, json.code], [502, "target-refused"]);
      assert.equal(gate.calls.length, 1);
    });
  });
}

// Waits for things that can happen after the answer; for long, since the machine can be busy.
export async function until(condition) {
  for (const end = Date.now() + 60_000; !(await condition()); await setTimeout(50)) {
    assert.ok(Date.now() < end, "the condition was not met in time");
  }
}
