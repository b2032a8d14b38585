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

/** The crate's top modules in the order of their `mod` declarations: the lowest floor first. */
export const floorsOf = (parse: Parse, lib: string): string[] =>
  children(parse(lib))
    .filter(({ type }) => type === 'mod_item')
    .map(node => node.childForFieldName('name')!.text)

/** An alphabetical list states no order: rustfmt makes it, unless `reorder_modules` is off. */
export const areOrdered = (floors: string[]): boolean => floors.join() !== floors.toSorted().join()

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

/** The arrows to a higher floor. If no order is stated, those that oppose the best one: every order has as many or more. */
export function upward(floors: string[], arrows: Arrow[]): Arrow[] {
  const order = areOrdered(floors) ? floors : bestOrder(floors, arrows)
  return arrows.filter(({ from, to }) => order.indexOf(from) < order.indexOf(to))
}

/** The arrows from a module to those that reach it: they are above it in any order that has no upward arrow. */
export function toAbove(name: string, arrows: Arrow[]): Arrow[] {
  const graph = graphOf(arrows)
  const circle = components(graph.keys(), graph).find(group => group.includes(name)) ?? []
  return arrows.filter(({ from, to }) => from === name && circle.includes(to))
}
