// The interface of executors, and the rules that each keeps.
import type { Run } from '../run.js'

export interface Executor {
  /**
   * Makes what is due in the run, and settles when no step of it is under way.
   *
   * A step holds its slots while it works, and its lease is renewed at a third of its duration. The slots are released
   * however the step ends. A step that fails is recorded in the run, not thrown.
   */
  execute(run: Run): void | Promise<void>
}
