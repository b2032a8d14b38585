import test from 'ava'
import { SimulatedFile, type Fate } from './file.js'

// What a simulated loss of power leaves of a file.

const fate = (pages: boolean, size: boolean): Fate => ({ keepsPage: () => pages, keepsSize: () => size })
const LOST = fate(false, false)
const text = (file: SimulatedFile, what: Fate): string => file.remains(what).toString('latin1').replaceAll('\0', '.')

test('what was synced stays, and of the rest each page and the size go or stay', t => {
  const file = new SimulatedFile()
  file.write(0, Buffer.from('first'))
  t.is(text(file, LOST), '')
  t.is(text(file, fate(false, true)), '.....')
  file.sync()
  t.is(text(file, LOST), 'first')
  file.write(3, Buffer.from('other'))
  t.is(text(file, LOST), 'first')
  t.is(text(file, fate(true, false)), 'firot')
  t.is(text(file, fate(false, true)), 'first...')
  t.is(text(file, fate(true, true)), 'firother')
  file.sync()
  t.is(text(file, LOST), 'firother')
})

test('what was cut off does not come back, unless the cut is lost', t => {
  const file = new SimulatedFile()
  file.write(0, Buffer.from('first'))
  file.sync()
  file.resize(2)
  file.resize(4)
  t.is(text(file, fate(true, true)), 'fi..')
  t.is(text(file, fate(true, false)), 'first')
  file.write(3, Buffer.from('x'))
  t.is(text(file, fate(true, true)), 'fi.x')
  t.is(text(file, fate(true, false)), 'first')
  file.sync()
  t.is(text(file, LOST), 'fi.x')
})

test('pages go one by one', t => {
  const file = new SimulatedFile()
  file.write(0, Buffer.alloc(3 * 4096, 'a'))
  file.sync()
  file.write(4000, Buffer.alloc(5000, 'b'))
  let asked = 0
  const left = file.remains({ keepsPage: () => asked++ === 1, keepsSize: () => true })
  t.is(asked, 3)
  t.is(left.toString('latin1'), 'a'.repeat(4096) + 'b'.repeat(4096) + 'a'.repeat(4096))
  t.deepEqual(
    file.content(),
    Buffer.concat([Buffer.alloc(4000, 'a'), Buffer.alloc(5000, 'b'), Buffer.alloc(3288, 'a')]),
  )
})
