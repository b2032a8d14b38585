import { startNode, type Child } from '../../helpers/child.js'

type Rivers = typeof import('rivers-storage')

/**
 * Starts a Node process, without any loader, that runs `main` with 'rivers-storage' and a JSON argument. Both `main` and
 * the functions that it calls by name are copied as source text.
 */
export function startProgram<A>(
  main: (rivers: Rivers, argument: A, say: (line: unknown) => void) => unknown,
  uses: readonly ((...args: never[]) => unknown)[],
  argument: A,
  env: NodeJS.ProcessEnv = {},
): Child {
  // The loader names inner functions by a helper, which the copied source needs, too.
  const source = `
    const __name = named => named
    ${uses.map(String).join('\n')}
    const say = line => require('node:fs').writeSync(1, JSON.stringify(line ?? null) + '\\n')
    const main = ${main.toString()}
    Promise.resolve(main(require('rivers-storage'), ${JSON.stringify(argument)}, say))
      .catch(error => { console.error(error); process.exit(70) })`
  return startNode(['-e', source], env)
}
