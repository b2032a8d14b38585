// node esbuild.mjs: the package stays in node_modules, or (MODE=copied) the addon is copied beside the bundle.
import { build } from 'esbuild'

const modes = {
  external: { external: ['rivers-storage'] },
  copied: { loader: { '.node': 'copy' }, assetNames: '[name]' },
}
// What is CommonJS in an ES module needs a `require`.
const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
const { MODE = 'external', ENTRY = 'main.mjs', MINIFY } = process.env
const isEsm = ENTRY.endsWith('.mjs')

await build({
  entryPoints: [ENTRY],
  bundle: true,
  platform: 'node',
  minify: Boolean(MINIFY),
  outfile: `out/${ENTRY}`,
  ...(isEsm && { format: 'esm', banner }),
  ...modes[MODE],
})
