import { readVariablesOf } from '../binding.js'

// Under a test runner this is another `process` than the addon's, and the tests set variables in its copy of `env`.
readVariablesOf(process)
