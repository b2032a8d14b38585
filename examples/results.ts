// The result files: one for each asset, or for each of its partitions.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LeaseRef } from 'rivers-storage'
import type { Row } from './data.js'

/** Names the code and the results that it was made from, so that its hash changes with them. */
export interface Result {
  codeVersion: string
  inputs: [step: string, dataVersion: string][]
  rows: Row[]
}

/** A result that is written, and that no reader sees yet. */
export interface Staged {
  file: string
  dataVersion: string
  rows: number
}

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

export class Results {
  constructor(readonly dir: string) {}

  /** The file is named by the token of the lease: an earlier attempt that still runs writes to a file of its own. */
  stage({ runId, token }: LeaseRef, result: Result): Staged {
    const dir = this.#staged(runId)
    const file = join(dir, `${token}.json`)
    const text = JSON.stringify(result)
    mkdirSync(dir, { recursive: true })
    writeFileSync(file, text)
    return { file, dataVersion: hash(text), rows: result.rows.length }
  }

  /** Replaces the file as a whole: a reader, or a kill, finds the old result or the new one. */
  publish(asset: string, partition: string | null, { file }: Staged): void {
    const published = this.#published(asset, partition)
    mkdirSync(dirname(published), { recursive: true })
    renameSync(file, published)
  }

  rows(asset: string, partitions: readonly string[] | null): Row[] {
    return (partitions ?? [null]).flatMap(partition => {
      const text = readFileSync(this.#published(asset, partition), 'utf8')
      return (JSON.parse(text) as Result).rows
    })
  }

  /** Removes what steps of the run left behind. */
  discardStaged(runId: string): void {
    rmSync(this.#staged(runId), { recursive: true, force: true })
  }

  #staged(runId: string): string {
    return join(this.dir, '.staged', runId)
  }

  #published(asset: string, partition: string | null): string {
    return join(this.dir, asset, `${partition ?? 'all'}.json`)
  }
}
