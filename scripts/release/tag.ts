import { placeholder } from './address.js'

export interface Checkout {
  version: string
  /** The text of CHANGELOG.md. */
  changelog: string
  /** That of package.json. */
  address: string
  /** That of the repository whose workflow runs; undefined elsewhere. */
  repository?: string | undefined
}

/** Why a checkout may not be released under a tag, a sentence each. */
export function tagFaults(tag: string, { version, changelog, address, repository }: Checkout): string[] {
  const heading = changelog.split('\n').find(line => /^## (\S+?)(,|$)/.exec(line)?.[1] === version)
  const isDated = /^## \S+, \d{4}-\d\d-\d\d$/.test(heading ?? '')
  return [
    ...(tag === `v${version}` ? [] : [`The tag ${tag} is not that of version ${version}, v${version}.`]),
    ...(heading ? [] : [`CHANGELOG.md does not describe ${version}.`]),
    ...(heading && !isDated ? [`CHANGELOG.md dates ${version} not by a day: '## ${version}, 2027-01-31'.`] : []),
    ...(address === placeholder ? ['The address of the repository is a placeholder.'] : []),
    ...(address !== placeholder && repository && repository !== address
      ? [`The address of the repository is ${address}, not ${repository}: npm would refuse provenance.`]
      : []),
  ]
}
