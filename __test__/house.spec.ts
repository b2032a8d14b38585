import test from 'ava'
import { circles, graphOf } from '../scripts/house/circles.js'
import { publicItems } from '../scripts/house/documented.js'
import { areOrdered, arrowsOf, floorsOf, toAbove, upward, type Arrow } from '../scripts/house/floors.js'
import { readCrate, type Import } from '../scripts/house/modules.js'
import { inlinePaths, usesOf } from '../scripts/house/paths.js'
import { descendants, rustParser } from '../scripts/house/rust.js'
import { unsafeIn } from '../scripts/house/unsafe.js'

// What `npm run house` counts, on small pieces of Rust.

const parser = rustParser()

async function importsOf(files: Record<string, string>): Promise<string[]> {
  const { imports } = readCrate(await parser, file => files[file])
  return [...new Set(imports.map(({ from, to }) => `${from} ${to}`))].toSorted()
}

test('a use declaration names each name of its tree', async t => {
  const root = (await parser)(
    'pub(crate) use crate::a::{self, b::{C as D, /* not */ e::*}, F};\nuse super::super::g as _;',
  )
  const uses = [...descendants(root)].filter(({ type }) => type === 'use_declaration').flatMap(usesOf)
  t.deepEqual(
    uses.map(({ name, path }) => `${name}: ${path.join('::')}`),
    ['a: crate::a', 'D: crate::a::b::C', '*: crate::a::b::e', 'F: crate::a::F', '_: super::super::g'],
  )
})

test('paths are found outside of use, in macros and generic arguments too', async t => {
  const root = (await parser)(`
    use crate::not::here;
    fn f(x: super::a::B<self::c::D>) -> bool {
      crate::e::F::<super::g::H>::new();
      <super::i::J as crate::k::L>::m();
      matches!(x, crate::n::O | ids::p(_) if "crate::q::R" == s)
    }
    pub(in crate::s) const T: u8 = 1;`)
  t.deepEqual(
    Array.from(inlinePaths(root), path => path.join('::')),
    'super::a::B self::c::D crate::e::F::new super::g::H super::i::J crate::k::L crate::n::O ids::p'.split(' '),
  )
})

test('an import leads to each file that re-exports the name, and to the one that defines it', async t => {
  const imports = await importsOf({
    'lib.rs': 'mod ids;\nmod pools;\nmod runs;\npub use pools::Room;',
    'ids.rs': 'pub struct Id;',
    'pools/mod.rs': 'mod room;\nmod wait;\npub use room::Room;\npub(crate) use wait::wait;\npub use std::sync::Arc;',
    'pools/room.rs': 'pub struct Room;\nuse super::wait::Wait;',
    'pools/wait.rs': 'use crate::ids;\npub struct Wait(ids::Id);\npub fn wait() {}',
    'runs.rs': 'use crate::Room;\nfn f() { crate::pools::wait() }',
  })
  t.deepEqual(imports, [
    'lib.rs pools/mod.rs',
    'lib.rs pools/room.rs',
    'pools/mod.rs pools/room.rs',
    'pools/mod.rs pools/wait.rs',
    // Only through it: not to pools/mod.rs.
    'pools/room.rs pools/wait.rs',
    'pools/wait.rs ids.rs',
    'runs.rs lib.rs',
    'runs.rs pools/mod.rs',
    'runs.rs pools/room.rs',
    'runs.rs pools/wait.rs',
  ])
})

test('inline modules are part of their file; what only tests compile imports nothing', async t => {
  const imports = await importsOf({
    'lib.rs': 'mod a;\nmod b;\nmod c;',
    'a.rs': 'mod inner { use super::super::b::B; fn f() { super::g() } }\nfn g() {}',
    'b.rs': '#[cfg(test)]\n#[path = "x.rs"]\nmod tests;\n#[cfg(test)]\nuse crate::c::C;\npub struct B;',
    'c.rs': 'pub struct C;\n/// Not test only.\n#[cfg(feature = "mutants")]\nuse crate::a;',
  })
  t.deepEqual(imports, ['a.rs b.rs', 'c.rs a.rs'])
})

test('an exported macro is imported from where it is defined', async t => {
  const imports = await importsOf({
    'lib.rs': 'mod a;\nmod b;\nmod c;',
    'a.rs': '#[macro_export]\nmacro_rules! key { () => {}; }\nmacro_rules! own { () => {}; }',
    'b.rs': 'use crate::key;',
    'c.rs': 'use crate::own;',
  })
  t.deepEqual(imports, ['b.rs a.rs', 'c.rs lib.rs'])
})

test('files are in a circle when each reaches the other', t => {
  const arrows = ['a b', 'b c', 'c a', 'c d', 'd e', 'f g', 'g f'].map(text => text.split(' '))
  const graph = graphOf(arrows.map(([from, to]) => ({ from: from!, to: to! })))
  t.deepEqual(
    circles(['a', 'b', 'c', 'd', 'e', 'f', 'g'], graph).map(circle => circle.toSorted().join('')),
    ['abc', 'fg'],
  )
})

const arrow = (text: string): Arrow => {
  const [from, to] = text.split(' ')
  return { from: from!, to: to!, imports: [] }
}
const shown = (arrows: Arrow[]): string[] => arrows.map(({ from, to }) => `${from} ${to}`)

test('floors are in the order of their mod declarations', async t => {
  const lib =
    '//! Doc.\npub mod error;\n/// Times.\npub mod clock;\n\n#[cfg(test)]\nmod tests;\nmod store;\npub use store::Store;'
  t.deepEqual(floorsOf(await parser, lib), ['error', 'clock', 'store'])
})

test('an arrow to a higher floor is upward', t => {
  t.deepEqual(shown(upward(['b', 'a', 'c'], ['c a', 'a b', 'c b'].map(arrow))), [])
  t.deepEqual(shown(upward(['b', 'a', 'c'], ['c a', 'b c', 'a c'].map(arrow))), ['b c', 'a c'])
})

const count = (arrows: string[]): number => upward(['a', 'b', 'c'], arrows.map(arrow)).length

test('an alphabetical list states no order: the fewest arrows that close circles are upward', t => {
  t.false(areOrdered(['a', 'b', 'c']))
  t.is(count(['a b', 'b c', 'a c']), 0)
  t.is(count(['a b', 'b c', 'c a']), 1)
  t.is(count(['a b', 'b a', 'b c', 'c a', 'a c']), 2)
})

test('a folder imports from above when it is imported from there', t => {
  const arrows = ['records changes', 'changes pools', 'pools records', 'records error', 'store records'].map(arrow)
  t.deepEqual(shown(toAbove('records', arrows)), ['records changes'])
})

const between = (from: string, to: string): Import => ({ from, to, path: 'p', isReexport: false })

test('arrows are between the top folders, without lib.rs', t => {
  const arrows = arrowsOf([
    between('pools/room/inside.rs', 'pools/mod.rs'),
    between('pools/mod.rs', 'records/tx.rs'),
    between('pools/wait.rs', 'records/mod.rs'),
    between('gate.rs', 'lib.rs'),
    between('lib.rs', 'gate.rs'),
  ])
  t.deepEqual(
    arrows.map(({ from, to, imports }) => [from, to, imports.length]),
    [['pools', 'records', 2]],
  )
})

test('unsafe is explained by a comment before it or before its statement', async t => {
  const source = `
    // SAFETY: this one.
    unsafe impl Send for A {}
    unsafe impl Sync for A {}
    fn f() {
      // SAFETY: this one.
      let a = g(unsafe { 1 });
      let b = unsafe { 2 };
      h(/* SAFETY: this one. */ unsafe { 3 });
      // Not a reason.
      vec![unsafe { 4 }];
    }
    // SAFETY: an unsafe function is for its callers to explain.
    unsafe fn i() {}`
  t.deepEqual(
    unsafeIn((await parser)(source)).map(({ isExplained }) => isExplained),
    [true, false, true, false, true, false],
  )
})

test('public items, with their members, have documentation or not', async t => {
  const source = `
    /// Yes.
    #[derive(Debug)]
    pub struct A { /// Yes.
      pub b: u8, pub c: u8, d: u8, pub(crate) e: u8 }
    // No documentation.
    pub enum F { /** Yes. */ G, H { i: u8 }, J(u8) }
    pub trait K { fn l(); type M; }
    impl K for A { fn l() {} }
    impl A { pub const fn n() {} fn o() {} }
    pub mod p { pub static Q: u8 = 1; }
    mod tests { pub(super) fn r() {} }
    pub use p::Q;
    pub struct S(pub u8);`
  const items = publicItems((await parser)(source))
  const names = (isDocumented: boolean) =>
    items.filter(item => item.isDocumented === isDocumented).map(item => item.name)
  t.deepEqual(names(true), ['A', 'b', 'G'])
  t.deepEqual(names(false), ['c', 'F', 'H', 'i', 'J', 'K', 'l', 'M', 'n', 'Q', 'S'])
})
