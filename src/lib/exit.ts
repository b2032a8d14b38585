import { isMainThread } from 'node:worker_threads'
import { callOnExit, finishOpenings } from '../binding.js'

// Only here an exit can still be put off: a process that ends tears down what an engine that is being opened uses.
if (isMainThread) callOnExit(finishOpenings)
