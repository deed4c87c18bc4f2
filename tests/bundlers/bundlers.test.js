// Tests the most common rows. `cargo xtask bundlers` runs all of them.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { close, run } from "./matrix.js";
import { ROWS } from "./rows.js";

after(close);

for (const row of ROWS.filter(({ common }) => common)) {
  test(row.name, async () => {
    const { outcome, output } = await run(row);
    assert.notEqual(outcome, "fails", output);
  });
}
