/** The workflow that publishes, and the environment in which it does, as npm has to know them. */
const WORKFLOW = 'release.yml'
const ENVIRONMENT = 'npm'

/** The commands that let the release workflow publish packages, once each of them is on npm. */
export function trustCommands(names: string[], address: string): string[] {
  const repository = new URL(address).pathname.replace(/^\/|\.git$/g, '')
  const options = `--repo ${repository} --file ${WORKFLOW} --env ${ENVIRONMENT} --allow-publish --yes`
  return names.map(name => `npm trust github ${name} ${options}`)
}
