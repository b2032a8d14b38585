export type Backend = 'memory' | 'embedded' | 'remote'

/** Where `npm run remote` has started a server. Then the tests run on it alone. */
export const SERVER = process.env.RIVERS_TEST_SERVER

export const BACKENDS: readonly Backend[] = SERVER ? ['remote'] : ['memory', 'embedded']
