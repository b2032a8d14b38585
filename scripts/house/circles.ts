// Circles of a graph: the groups in which each member reaches every other one.

/** Which names each name leads to. */
export type Graph = Map<string, Set<string>>

export function graphOf(arrows: Iterable<{ from: string; to: string }>): Graph {
  const graph: Graph = new Map()
  for (const { from, to } of arrows) {
    if (!graph.has(from)) graph.set(from, new Set())
    graph.get(from)!.add(to)
  }
  return graph
}

/** All groups, single names too, each after those that it leads to (Tarjan's algorithm). */
export function components(names: Iterable<string>, graph: Graph): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const found: string[][] = []

  function visit(name: string): void {
    index.set(name, index.size)
    low.set(name, index.get(name)!)
    open.push(name)
    for (const next of graph.get(name) ?? []) {
      if (!index.has(next)) visit(next)
      if (open.includes(next)) low.set(name, Math.min(low.get(name)!, low.get(next)!))
    }
    if (low.get(name) === index.get(name)) found.push(open.splice(open.indexOf(name)))
  }

  for (const name of names) if (!index.has(name)) visit(name)
  return found
}

/** The groups of more than one, the largest first. */
export const circles = (names: Iterable<string>, graph: Graph): string[][] =>
  components(names, graph)
    .filter(group => group.length > 1)
    .toSorted((a, b) => b.length - a.length)
