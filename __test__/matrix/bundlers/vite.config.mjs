// vite build --mode external: the package stays in node_modules. copied: the addon is to be copied beside the bundle.
import { defineConfig } from 'vite'

const beside = id => id.replace(/^.*[\\/](?=[^\\/]+\.node$)/, './')
const modes = {
  external: {},
  copied: {
    ssr: { noExternal: true },
    build: { rolldownOptions: { external: /\.node$/, output: { paths: beside } } },
  },
}

export default defineConfig(({ mode }) => modes[mode])
