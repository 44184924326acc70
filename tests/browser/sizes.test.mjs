import assert from "node:assert/strict";
import { test } from "node:test";
import { table } from "./harness.mjs";
import { measure, readable } from "./sizes.mjs";

test("what the reader downloads keeps its budgets", (t) => {
  const rows = measure();
  table(t, "Sizes of dist/, compressed", readable(rows));
  for (const { name, bytes, count, budget } of rows.filter((row) => row.budget)) {
    assert(count > 0, `${name} is not in dist/`);
    assert(bytes <= budget, `${name} is ${bytes} bytes, over its budget of ${budget}`);
  }
});
