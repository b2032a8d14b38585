// A graph of assets: what there is to make, from what, and which slots each step claims. Nothing here knows of storage.
import type { Row } from './data.js'

export interface Asset {
  key: string
  group: string
  kinds: string[]
  tags: string[]
  /** The slots that each step claims. */
  pool: [pool: string, slots: number][]
  /** Keys of the assets that it is made from. */
  inputs: string[]
  /** Each partition is a step. Null: one step makes the whole asset. */
  partitions: string[] | null
}

/**
 * The code of an asset. It is a pure function, so that every attempt, in every executor, makes the same rows.
 * `input` gives all rows of an input, of every partition.
 */
export type StepFunction = (input: (key: string) => Row[], partition: string) => Row[]

export interface Graph {
  assets: Asset[]
  /** Path of the module that exports `steps`, the code of each asset. A path can be sent to a child process, a function cannot. */
  code: string
  /** Slots of each pool. */
  pools: Record<string, number>
  /** Steps under way at once, including steps that wait for a slot. */
  workers: number
  /** Milliseconds that each step waits for something outside, such as a database. */
  pace: number
}

/** By `require`, since a blocking executor cannot await an import. */
export const codeOf = (path: string): Record<string, StepFunction> => require(path).steps

/** Every asset after its inputs. */
export function inputsFirst(assets: Asset[]): Asset[] {
  const ordered = new Set<Asset>()
  const visit = (asset: Asset): void => {
    if (ordered.has(asset)) return
    for (const input of assets.filter(({ key }) => asset.inputs.includes(key))) visit(input)
    ordered.add(asset)
  }
  assets.forEach(visit)
  return [...ordered]
}
