/** A plan as a graph for other programs to draw. */
import type { Decision, Plan } from "../model/plan.ts";
import { nodeName } from "./text.ts";

/** The languages a graph can be written in. */
export type GraphFormat = "dot" | "mermaid";

/** Writes the graph of a plan: an arrow goes from a need to what needs it. */
export function planGraph(plan: Plan, format: GraphFormat): string {
  switch (format) {
    case "dot":
      return dot(plan);
    case "mermaid":
      return mermaid(plan);
  }
}

const DOT_STYLES = {
  run: "solid",
  cached: "filled",
  skip: "dashed",
} as const satisfies Record<Decision, string>;

function dot(plan: Plan): string {
  const lines = plan.nodes.flatMap((node) => [
    `  ${quoted(node.id)} [label=${quoted(nodeName(node))}, style=${
      DOT_STYLES[node.decision]
    }];`,
    ...node.depends_on.map((need) =>
      `  ${quoted(need)} -> ${quoted(node.id)};`
    ),
  ]);
  return [
    "digraph plan {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...lines,
    "}",
    "",
  ].join("\n");
}

function mermaid(plan: Plan): string {
  const places = new Map(
    plan.nodes.map((node, place) => [node.id, `n${place}`]),
  );
  const lines = plan.nodes.flatMap((node) => {
    const place = places.get(node.id) ?? "";
    return [
      `  ${place}[${quoted(nodeName(node))}]:::${node.decision}`,
      ...node.depends_on.map((need) => `  ${places.get(need)} --> ${place}`),
    ];
  });
  return [
    "graph LR",
    ...lines,
    "  classDef run stroke:#2a2",
    "  classDef cached stroke:#2a2,stroke-dasharray:2",
    "  classDef skip stroke:#999,color:#999",
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
