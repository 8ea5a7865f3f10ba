import assert from "node:assert/strict";
import test from "node:test";
import { sum } from "@acme/core";

test("sum() adds", () => assert.equal(sum(1, 2, 3), 6));
