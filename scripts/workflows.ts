// Checks the workflows and shell scripts: `npm run workflows`.
import { runSuites } from './lib/suites.js'
import { workflows } from './lib/workflows.js'

void runSuites([workflows])
