import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { randomOf, type Context } from '../context.js'
import type { Case, Outcome } from '../report/outcome.js'
import { damage } from './damage.js'
import { judge } from './judge.js'
import { makeStore, SHAPES, type Store } from './stores.js'

/** So many damages, each of one file of a copy of one of a few stores. Of few damages, none is of a large store. */
export function damageCases(context: Context, count: number): Case[] {
  const shapes = SHAPES.filter(shape => !shape.large || count >= 100)
  const stores = new Map<number, Promise<Store>>()
  return Array.from({ length: count }, (_, index) => ({
    name: `damages ${index}`,
    alone: context.alone('damages', index),
    run: folder => {
      const number = index % shapes.length
      const store = stores.get(number) ?? makeStore(context, shapes[number]!)
      stores.set(number, store)
      return damageCopy(context, index, folder, store)
    },
  }))
}

async function damageCopy(context: Context, index: number, folder: string, made: Promise<Store>): Promise<Outcome[]> {
  const store = await made
  const path = join(folder, 'db')
  cpSync(store.folder, path, { recursive: true })
  const done = damage(randomOf(context, 'damages', index), path, readdirSync(path))
  const { column, faults } = await judge(path, store, done, context.lie)
  const where = `${store.name}: ${done.details}`
  return [
    {
      row: `${done.kind}, ${done.what}`,
      column,
      faults: faults.map(({ what, details }) => ({ what, details: `${where}: ${details}` })),
    },
  ]
}
