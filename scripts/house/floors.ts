// The floors of a crate, as its lib.rs states them, and the imports that run upward.
import { components, graphOf } from './circles.js'
import type { Import } from './modules.js'
import { bestOrder } from './order.js'
import { children, type Parse } from './rust.js'

/** A top module imports another one. */
export interface Arrow {
  from: string
  to: string
  imports: Import[]
}

/**
 * Top modules in floors, the lowest first. A blank line between two `mod` declarations starts the next floor: rustfmt sorts
 * what stands together.
 */
export function floorsOf(parse: Parse, lib: string): string[][] {
  const lines = lib.split('\n')
  const floors: string[][] = []
  let end = 0
  for (const node of children(parse(lib)).filter(({ type }) => type === 'mod_item')) {
    const between = lines.slice(end + 1, node.startPosition.row)
    if (floors.length === 0 || between.some(line => line.trim() === '')) floors.push([])
    floors.at(-1)!.push(node.childForFieldName('name')!.text)
    end = node.endPosition.row
  }
  return floors
}

/** The top module of a file; none for lib.rs, which stands above all of them. */
const topOf = (file: string): string | null => (file === 'lib.rs' ? null : file.replace(/\.rs$/, '').split('/')[0]!)

export function arrowsOf(imports: Import[]): Arrow[] {
  const arrows = new Map<string, Arrow>()
  for (const found of imports) {
    const [from, to] = [topOf(found.from), topOf(found.to)]
    if (from === null || to === null || from === to) continue
    const key = `${from} ${to}`
    if (!arrows.has(key)) arrows.set(key, { from, to, imports: [] })
    arrows.get(key)!.imports.push(found)
  }
  return [...arrows.values()]
}

/**
 * The arrows to a higher floor. Modules of one floor may import one another, but not in circles: there, the fewest arrows
 * that would have to go count as upward.
 */
export function upward(floors: string[][], arrows: Arrow[]): Arrow[] {
  const order = floors.flatMap(floor => bestOrder(floor, arrows))
  return arrows.filter(({ from, to }) => order.indexOf(from) < order.indexOf(to))
}

/** The arrows from a module to those that reach it: they are above it in any order that has no upward arrow. */
export function toAbove(name: string, arrows: Arrow[]): Arrow[] {
  const graph = graphOf(arrows)
  const circle = components(graph.keys(), graph).find(group => group.includes(name)) ?? []
  return arrows.filter(({ from, to }) => from === name && circle.includes(to))
}
