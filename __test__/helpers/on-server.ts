import test from 'ava'
import { hasServer } from '../../scripts/lib/server.js'

/** A test that starts a server: skipped where none is built. */
export const onServer = hasServer() ? test : test.skip
