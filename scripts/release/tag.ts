/** Why a tag may not be released, a sentence each. `changelog` is the text of CHANGELOG.md. */
export function tagFaults(tag: string, version: string, changelog: string): string[] {
  if (tag !== `v${version}`) return [`The tag ${tag} is not that of version ${version}, v${version}.`]
  const heading = changelog.split('\n').find(line => line.startsWith(`## ${version}`))
  if (!heading) return [`CHANGELOG.md does not describe ${version}.`]
  return /^## \S+, \d{4}-\d\d-\d\d$/.test(heading)
    ? []
    : [`CHANGELOG.md dates ${version} not by a day: '## ${version}, 2027-01-31'.`]
}
