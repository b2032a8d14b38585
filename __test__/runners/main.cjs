// A program that is bundled. It says by a line of JSON which checks passed.
const checks = require('./checks.cjs')(require('rivers-storage'))

async function main() {
  for (const [title, check] of Object.entries(checks)) {
    await check()
    console.log(JSON.stringify(title))
  }
}
main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
