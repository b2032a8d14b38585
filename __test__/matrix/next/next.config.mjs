// The package is not bundled. `standalone` makes a folder that has the server with all that it needs.
export default { serverExternalPackages: ['rivers-storage'], output: 'standalone' }
