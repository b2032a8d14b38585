// rollup -c --configMode external: the package stays in node_modules. copied: the addon is to be copied beside the bundle.
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import resolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'

const modes = {
  external: { external: ['rivers-storage'], plugins: [resolve(), commonjs()] },
  copied: { plugins: [resolve(), commonjs({ ignore: id => id.endsWith('.node') }), json()] },
}
// What is CommonJS in an ES module needs a `require`.
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

export default ({ configMode, configEntry, configMinify }) => ({
  ...modes[configMode],
  input: configEntry,
  output: {
    file: `out/${configEntry}`,
    ...(configEntry.endsWith('.mjs') ? { format: 'es', banner } : { format: 'cjs' }),
    plugins: configMinify ? [terser()] : [],
  },
})
