import assert from "node:assert/strict";
import test from "node:test";
import { total } from "@acme/app";

test("total() tells the sum", () => assert.equal(total([1, 2]), "3 EUR"));
