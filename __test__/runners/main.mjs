// A program of ES modules that is bundled. It says by a line of JSON which checks passed.
import * as rivers from 'rivers-storage'
import checksOf from './checks.cjs'

for (const [title, check] of Object.entries(checksOf(rivers))) {
  await check()
  console.log(JSON.stringify(title))
}
