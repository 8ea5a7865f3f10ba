/** Cycles in graphs that were made by hand: helpers cannot write one. */

/**
 * Finds cycles: each as the nodes on its way, the first one not repeated.
 *
 * Every node that is in a cycle is in one that is told, except where cycles
 * cross: then one of them is told. Chains may be as long as memory allows.
 */
export function cycles<N>(
  nodes: Iterable<N>,
  next: (node: N) => readonly N[],
): readonly (readonly N[])[] {
  const found: (readonly N[])[] = [];
  const done = new Set<N>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const way: { node: N; next: readonly N[]; at: number }[] = [];
    const onWay = new Map<N, number>();
    const enter = (node: N) => {
      onWay.set(node, way.length);
      way.push({ node, next: next(node), at: 0 });
    };
    enter(start);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const node = top.next[top.at++];
      if (node === undefined) {
        way.pop();
        onWay.delete(top.node);
        done.add(top.node);
        continue;
      }
      const from = onWay.get(node);
      if (from !== undefined) {
        found.push(way.slice(from).map((step) => step.node));
      } else if (!done.has(node)) enter(node);
    }
  }
  return found;
}
