// webpack --config-name external: the package stays in node_modules. copied: node-loader copies the addon beside the bundle.
const shared = { target: 'node', mode: 'production' }

module.exports = [
  { ...shared, name: 'external', externals: { 'rivers-storage': 'commonjs rivers-storage' } },
  {
    ...shared,
    name: 'copied',
    module: { rules: [{ test: /\.node$/, loader: 'node-loader', options: { name: '[name].[ext]' } }] },
    // The package names the addons of all platforms, and only one is installed.
    ignoreWarnings: [{ module: /rivers-storage/ }],
  },
]
