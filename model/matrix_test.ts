import assert from "node:assert/strict";
import fc from "fast-check";
import { sh } from "./command.ts";
import { job } from "./job.ts";
import { cell, matrix } from "./matrix.ts";

/** Axes whose values stay apart in ids. */
const axes = fc.dictionary(
  fc.stringMatching(/^[a-h][a-z]{0,4}$/),
  fc.uniqueArray(fc.oneof(fc.stringMatching(/^[a-z]{1,4}$/), fc.nat(99)), {
    minLength: 1,
    maxLength: 4,
    selector: String,
  }),
  { minKeys: 1, maxKeys: 3 },
).filter((axes) => !Object.hasOwn(axes, "id"));

function idsOf(of: { readonly [axis: string]: readonly (string | number)[] }) {
  return matrix(
    { id: "m", axes: of },
    ({ id }) => job({ id, guestCommand: sh`true` }),
  ).cells.map(({ job }) => job.id);
}

Deno.test("matrix() has every combination once, with an id of its own", () => {
  fc.assert(fc.property(axes, (axes) => {
    const ids = idsOf(axes);
    const count = Object.values(axes).reduce(
      (all, { length }) => all * length,
      1,
    );
    assert.equal(ids.length, count);
    assert.equal(new Set(ids).size, count);
    for (const id of ids) assert.match(id, /^[a-z0-9][a-z0-9-]*$/);
  }));
});

Deno.test("ids of cells stay the same when values are reordered or added", () => {
  fc.assert(fc.property(axes, (axes) => {
    const reversed = Object.fromEntries(
      Object.entries(axes).map(([axis, values]) => [axis, values.toReversed()]),
    );
    assert.deepEqual(idsOf(reversed).toSorted(), idsOf(axes).toSorted());
    const more = Object.fromEntries(
      Object.entries(axes).map(([axis, values]) => [axis, [...values, "new"]]),
    );
    const grown = new Set(
      Object.values(axes).some((values) => values.includes("new"))
        ? idsOf(axes)
        : idsOf(more),
    );
    for (const id of idsOf(axes)) assert.ok(grown.has(id));
  }));
});

Deno.test("matrix() leaves out, marks its jobs, and cell() finds them", () => {
  const node = matrix(
    {
      id: "node",
      axes: { version: [20, 22], os: ["Alpine Linux", "debian"] },
      exclude: [{ version: 20, os: "debian" }],
    },
    ({ id, version, os }) =>
      job({ id, guestCommand: sh`test ${version} ${os}` }),
  );
  assert.deepEqual(node.cells.map(({ job }) => job.id), [
    "node-20-alpine-linux",
    "node-22-alpine-linux",
    "node-22-debian",
  ]);
  const one = cell(node, { os: "debian", version: 22 });
  assert.equal(one, node.cells[2]?.job);
  assert.deepEqual(one.matrix, {
    id: "node",
    cell: { version: 22, os: "debian" },
  });
  assert.throws(() => cell(node, { version: 20, os: "debian" }), {
    name: "ConfigError",
    message: /has no cell .*"version":20.* not one of node-20-alpine-linux/,
  });
});

Deno.test("matrix() refuses what gives no ids", () => {
  const make = ({ id }: { readonly id: string }) =>
    job({ id, guestCommand: sh`true` });
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => matrix({ id: "m", axes: { a: ["1.2", "1-2"] } }, make),
      /Two cells .*"m-1-2"/,
    ],
    [() => matrix({ id: "m", axes: { a: [1, 1] } }, make), /Two cells/],
    [() => matrix({ id: "m", axes: { a: ["!"] } }, make), /no letter or digit/],
    [() => matrix({ id: "m", axes: { a: [] } }, make), /no cell/],
    [() => matrix({ id: "m", axes: { id: [1] } }, make), /an axis "id"/],
    [
      () => matrix({ id: "m", axes: { a: [1] } }, () => make({ id: "x" })),
      /found "x", expected "m-1"/,
    ],
    [
      () => matrix({ id: "m", axes: { a: [1] }, ...{ excludes: [] } }, make),
      /Unknown field "excludes" in matrix "m": did you mean "exclude"/,
    ],
    [
      () =>
        matrix(
          {
            id: "m",
            axes: { os: ["a"] },
            exclude: [{ os: "a", ...{ ox: "a" } }],
          },
          make,
        ),
      /Unknown field "ox" in exclude\[0\] of matrix "m": did you mean "os"/,
    ],
  ];
  for (const [write, message] of wrong) {
    assert.throws(write, { name: "ConfigError", message });
  }
});
