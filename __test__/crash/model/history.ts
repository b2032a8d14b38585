import { difference } from './match.js'
import { collect, noNames, type Collected } from './names.js'
import type { Op } from './op.js'
import { expectations, type Expectation } from './reads.js'
import { prunedPartly } from './partly.js'
import { apply, copyOf, emptyState, type State } from './state.js'

/** What a read was answered: a value, or the error that it failed with. */
export type Answer = { value: unknown } | { code: string; message: string }

/**
 * What is known of one writer, which does one operation after another: `base`, and the operations that began since. Of
 * these the first `answers.length` were acknowledged, the next one may have been at work, and the first `firm` must be
 * there.
 */
export class History {
  /** What is there before `ops`. */
  base: State = emptyState()
  names: Collected = noNames()
  ops: readonly Op[] = []
  answers: unknown[] = []
  firm = 0
  lastToken = 0

  constructor(readonly location: string) {}

  /** Nothing is pending: the writer goes on from `base`. */
  begin(ops: readonly Op[]): void {
    this.ops = ops
    this.answers = []
    this.firm = 0
    collect(this.names, ops)
  }

  /** The acknowledged operation has to be there, from now on. Gives what is wrong with the answer itself. */
  acknowledge(answer: unknown): string[] {
    const op = this.ops[this.answers.length]!
    this.answers.push(answer)
    this.firm = this.answers.length
    if (op.kind !== 'claim') return []
    const { token } = answer as { token: number }
    const last = this.lastToken
    this.lastToken = token
    return token > last ? [] : [`${op.stepKey} got the token ${token} after ${last}`]
  }

  /** The same knowledge, to go on from in another way. */
  copy(): History {
    const { base, names, ops, answers, firm, lastToken } = this
    return Object.assign(new History(this.location), { base, names, ops, answers: [...answers], firm, lastToken })
  }

  /** All reads; what they answer depends on the state, which ones there are does not. */
  reads(): Expectation[] {
    return expectations(this.location, this.base, this.names)
  }

  /**
   * Finds the state that explains the answers, from which the writer then goes on. Gives nothing, or else what is wrong
   * with the least that has to be there.
   */
  explain(answers: readonly Answer[]): string[] {
    const state = this.stateAt(this.firm)
    const begun = Math.min(this.answers.length + 1, this.ops.length)
    let firstProblems: string[] | undefined
    for (let count = this.firm; count <= begun; count++) {
      const problems = contradictions(expectations(this.location, state, this.names), answers)
      if (problems.length === 0) return this.settle(state)
      firstProblems ??= problems
      const op = this.ops[count]
      if (count === begun || !op) break
      const partly = prunedPartly(state, op, answers, this.reads())
      if (partly && contradictions(expectations(this.location, partly, this.names), answers).length === 0) {
        return this.settle(partly)
      }
      apply(state, op, this.answers[count])
    }
    return firstProblems!
  }

  private settle(state: State): [] {
    this.base = state
    this.ops = []
    this.answers = []
    this.firm = 0
    return []
  }

  private stateAt(count: number): State {
    const state = copyOf(this.base)
    for (let index = 0; index < count; index++) apply(state, this.ops[index]!, this.answers[index])
    return state
  }
}

/** Reads that failed contradict nothing here: whether they may is another question. */
function contradictions(expected: readonly Expectation[], answers: readonly Answer[]): string[] {
  return expected.flatMap((expectation, index) => {
    const answer = answers[index]!
    if ('code' in answer) return []
    const { method, args, sortedBy } = expectation
    const found = difference(ordered(expectation.expected, sortedBy), ordered(answer.value, sortedBy))
    return found ? [`${method}(${args.map(arg => JSON.stringify(arg)).join(', ')})${found}`] : []
  })
}

function ordered(list: unknown, by: string | undefined): unknown {
  if (!by || !Array.isArray(list)) return list
  const field = (item: unknown): string => String((item as Record<string, unknown>)[by])
  return list.toSorted((a, b) => (field(a) < field(b) ? -1 : 1))
}
