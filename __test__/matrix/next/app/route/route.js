import checksOf from '../../checks.cjs'
import * as rivers from 'rivers-storage'

export const dynamic = 'force-dynamic'

/** Gives the titles of the checks that passed. */
export async function GET() {
  const checks = Object.entries(checksOf(rivers))
  for (const [, check] of checks) await check()
  return Response.json(checks.map(([title]) => title))
}
