// The oldest systems on which the published addons run.

/** That of RHEL 7. Node's own builds need 2.28. */
export const GLIBC = '2.17'

/** Of macOS, by architecture: the first version on Apple's processors, and that which Node 20 needs on Intel's. */
export const MACOS: Record<string, string> = { arm64: '11.0', x64: '10.15' }
