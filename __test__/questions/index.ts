import { ASSET_QUESTIONS } from './assets.js'
import { POOL_QUESTIONS } from './pools.js'
import { OTHER_QUESTIONS } from './rest.js'
import { RUN_QUESTIONS } from './runs.js'

/** Whose answers change as time goes on. */
export { POOL_QUESTIONS }
export const QUESTIONS = [...RUN_QUESTIONS, ...ASSET_QUESTIONS, ...OTHER_QUESTIONS, ...POOL_QUESTIONS]
