import { basename, join } from 'node:path'
import { Storage } from 'rivers-storage'
import { drive, type Driver, type Form } from '../../helpers/driver.js'
import { SERVER, type Backend } from '../../helpers/backends.js'
import { inTheirWords } from '../translating/answers.js'
import { NotReplayed, type Call } from '../translating/calls.js'
import { manualClock, systemClock, type Clock } from './clock.js'
import { milliseconds } from '../translating/durations.js'
import { Failure } from '../translating/errors.js'
import { Over } from './openings.js'
import type { Recording, Step } from '../reading/recording.js'
import { Chain } from '../expecting/rules.js'
import { outcomeOf } from './steps.js'
import { judge, type Outcome, type Verdict } from '../comparing/verdict.js'
import { World } from './world.js'

export interface Place {
  readonly backend: Backend
  readonly form: Form
}

/** What came of a step. */
export type Replayed = { readonly step: Step; readonly at: number } & (
  Verdict | { readonly verdict: 'not replayed'; readonly why: string; readonly rules: readonly string[] }
)

const EPOCH = 1_700_000_000_000
/** What is written happened before the store was opened. */
const LONG_AGO = 1_000_000_000

/** One scenario on one store, from its first step to its last. */
export class Replay {
  readonly clock: Clock
  readonly world: World
  readonly chain: Chain
  storage!: Storage

  constructor(
    readonly recording: Recording,
    readonly place: Place,
    /** An empty one. */
    readonly folder: string,
  ) {
    this.clock = place.backend === 'memory' ? manualClock(EPOCH, () => this.storage) : systemClock()
    this.world = new World(recording.timeOrder, this.clock.now() - LONG_AGO, () => this.clock.lag())
    this.chain = new Chain({ time: time => this.world.time(time), span: milliseconds })
  }

  async run(): Promise<Replayed[]> {
    await this.open()
    try {
      const replayed: Replayed[] = []
      let over: Over | undefined
      for (const [at, step] of this.recording.steps.entries()) {
        const outcome = over ?? (await this.#outcomeOf(step, at))
        if (outcome instanceof Over) over = outcome
        replayed.push({ step, at, ...(outcome instanceof NotReplayed ? skipped(outcome) : judge(outcome, this.world)) })
      }
      return replayed
    } finally {
      await this.storage.close()
    }
  }

  async open(codeLocation = 'default'): Promise<void> {
    const { backend, form } = this.place
    const path = join(this.folder, 'store')
    if (backend === 'memory') {
      const options = { codeLocation, clock: 'manual', now: this.clock.now() } as const
      this.storage = form === 'sync' ? Storage.memorySync(options) : await Storage.memory(options)
    } else if (backend === 'embedded') {
      const options = { codeLocation, durability: 'relaxed' } as const
      this.storage = form === 'sync' ? Storage.embeddedSync(path, options) : await Storage.embedded(path, options)
    } else {
      const options = { codeLocation, database: basename(this.folder) }
      this.storage = form === 'sync' ? Storage.connectSync(SERVER!, options) : await Storage.connect(SERVER!, options)
    }
    this.chain.locate(codeLocation)
  }

  /** Time goes on, here and for those who follow what is expected. */
  async pass(ms: number): Promise<void> {
    this.chain.pass(ms)
    await this.clock.pass(ms)
  }

  /** What ours answers, in the words of the recordings. */
  async perform(call: Call): Promise<unknown> {
    const args = this.world.fill(call.args) as unknown[]
    return this.attempt(async () => {
      if (!call.elsewhere)
        return inTheirWords(call.op, await method(this.storage, this.place.form, call)(...args), this.clock)
      await using storage = await Storage.memory()
      return inTheirWords(call.op, await method(storage, this.place.form, call)(...args), this.clock)
    })
  }

  async attempt(act: () => Promise<unknown>): Promise<unknown> {
    try {
      return await act()
    } catch (error) {
      return new Failure(error)
    }
  }

  /** A step that cannot be replayed at all is one that disagrees. */
  async #outcomeOf(step: Step, at: number): Promise<Outcome> {
    try {
      return await outcomeOf(this, step, this.recording.steps.slice(at + 1))
    } catch (error) {
      return { recorded: step.result, expected: 'a step that is known', rules: [], ours: new Failure(error) }
    }
  }
}

function method(storage: Storage, form: Form, { op, method }: Call): (...args: unknown[]) => Promise<unknown> {
  if (!(method in Storage.prototype)) throw new Error(`unknown operation: ${op}`)
  return drive(storage, form)[method as keyof Driver] as (...args: unknown[]) => Promise<unknown>
}

const skipped = ({ why, rule }: NotReplayed) => ({ verdict: 'not replayed', why, rules: rule ? [rule] : [] }) as const
