/** A query that is deep, large or long. */
export interface Hostile {
  title: string
  /** JavaScript that gives the SurrealQL, so that a child is told little. */
  text: string
  /** JavaScript that gives the variables. */
  vars?: string
}

const surql = (title: string, query: string, vars?: string): Hostile => ({
  title,
  text: JSON.stringify(query),
  ...(vars && { vars }),
})
const nested = (title: string, step: string, start = '[]'): Hostile =>
  surql(`nested by ${title}`, `RETURN array::fold(<array>0..20000, ${start}, |$a, $v| ${step})`)

const [ONE, MANY] = ['(<array>0..30000)', '(<array>0..10000)']
const NUMBERS =
  '{ n: Array.from({ length: 100000 }, (_, i) => i), m: Array.from({ length: 100000 }, (_, i) => -1 - i) }'

export const HOSTILE: Hostile[] = [
  { title: '100,000 parentheses', text: `'RETURN ' + '('.repeat(100000) + '1' + ')'.repeat(100000)` },
  { title: '100,000 open parentheses', text: `'RETURN ' + '('.repeat(100000)` },
  { title: '1 MB of [', text: `'['.repeat(1 << 20)` },
  { title: '1 MB of {', text: `'{'.repeat(1 << 20)` },
  { title: 'more than 1 MB', text: `'RETURN ' + '['.repeat(1 << 20)` },
  { title: '1 MB of !', text: `'RETURN ' + '!'.repeat(1000000) + '1'` },
  { title: '1 MB of +1', text: `'RETURN 1' + '+1'.repeat(500000)` },
  { title: '1 MB of ;', text: `';'.repeat(1 << 20)` },
  { title: '150,000 statements', text: `'1;'.repeat(150000)` },
  { title: '150,000 statements before an error', text: `'1;'.repeat(150000) + 'SELEC'` },
  { title: 'a long path', text: `'RETURN a' + '.b'.repeat(500000)` },
  { title: 'a long path of indexes', text: `'RETURN a' + '[0]'.repeat(300000)` },
  { title: 'many methods', text: `'RETURN [1]' + '.first()'.repeat(100000)` },
  { title: 'nested types', text: `'RETURN <' + 'array<'.repeat(140000) + 'int' + '>'.repeat(140001) + '1'` },
  { title: 'nested closures', text: `'RETURN ' + '|$a| '.repeat(200000) + '1'` },
  { title: 'nested IF', text: `'RETURN ' + 'IF 1 THEN '.repeat(90000) + '1'` },
  { title: 'a long ELSE IF', text: `'IF 1 = 2 { 1 } ' + 'ELSE IF 1 = 2 { 1 } '.repeat(50000)` },
  { title: 'nested SELECT', text: `'SELECT * FROM ('.repeat(60000)` },
  { title: 'a long array', text: `'RETURN [' + '1,'.repeat(500000) + ']'` },
  {
    title: 'a large object',
    text: `'RETURN {' + Array.from({ length: 80000 }, (_, i) => 'a' + i + ':1').join() + '}'`,
  },
  surql('nested JSON', `RETURN encoding::json::decode(string::repeat('[', 1000000))`),
  surql('a nested record id in a text', `RETURN <record>string::concat('a:', string::repeat('[', 1000000))`),
  surql('nested CBOR', `RETURN encoding::cbor::decode(encoding::base64::decode(string::repeat('gYGB', 100000)))`),
  nested('arrays', '[$a]'),
  nested('objects', '{ a: $a }'),
  nested('sets', '<set>[$a]'),
  nested('closures', '|$x| $a'),
  nested('ranges', '$a..1', '1'),
  nested('record ids', 'a:[$a]', '1'),
  nested('append', 'array::append([], $a)'),
  nested('entries', `object::from_entries([['a', $a]])`),
  nested('SELECT', '(SELECT VALUE $a FROM 1)'),
  nested('patches', `value::patch({}, [{ op: 'add', path: '/a', value: $a }])`),
  nested('geometries', `{ type: 'GeometryCollection', geometries: [$a] }`, '(1, 2)'),
  nested('clump', 'array::clump($a, 1)', '[1]'),
  surql('nested by LET', 'LET $a = []; FOR $i IN 0..100000 { LET $a = [$a]; }; RETURN $a'),
  surql('string::repeat', `RETURN string::repeat('a', 1000000000)`),
  surql('array::repeat', `RETURN array::repeat(array::repeat('a', 1000000), 1000000)`),
  surql('array::range', 'RETURN array::range(0..1000000000)'),
  surql('a cast of a range', 'RETURN <array>0..1000000000'),
  surql('a method of a range', 'RETURN (0..1000000000).to_array()'),
  surql('array::sequence', 'RETURN array::sequence(0, 1000000000)'),
  surql('mocks', 'SELECT * FROM |person:1..1000000000|'),
  surql('many mocks', 'SELECT * FROM |person:10000|, |person:10000|, |person:10000|'),
  surql('string::replace', `RETURN string::replace(string::repeat('a', 1000000), 'a', string::repeat('b', 1000000))`),
  surql('backtracking', `RETURN string::matches(string::repeat('a', 1000000), '(a*)*b')`),
  surql('FOR', 'FOR $i IN 0..1000000000 { FOR $j IN 0..1000000000 {} }'),
  surql('FOR with CONTINUE', 'FOR $i IN 0..1000000000 { CONTINUE }'),
  surql(
    'levenshtein',
    `RETURN string::distance::levenshtein(string::repeat('a', 100000), string::repeat('b', 100000))`,
  ),
  surql('rand::string', 'RETURN rand::string(1000000000)'),
  surql('math::pow', 'RETURN math::pow(2dec, 1000000000)'),
  surql('the least integer by -1', 'RETURN [-9223372036854775808 / -1]'),
  surql('time::format', `RETURN time::format(time::now(), '%9999999999Y')`),
  surql('a large error', `THROW string::repeat('a', 1000000)`),
  surql(
    'array::combine',
    `LET $a = string::split(string::repeat('a', 1000000), ''); RETURN array::combine($a, $a).len()`,
  ),
  surql('array::intersect', 'RETURN array::intersect($n, $m)', NUMBERS),
  surql('array::windows', 'RETURN array::windows($n, 50000).len()', NUMBERS),
  { title: 'many regular expressions', text: `'RETURN [' + '/((a{0,50}){0,50})b/,'.repeat(20000) + ']'` },
  surql('map in map', `RETURN ${ONE}.map(|$x| ${ONE}.map(|$y| $x * $y))`),
  surql('any in any', `RETURN ${ONE}.any(|$x| ${ONE}.any(|$y| { NONE; false }))`),
  surql('filter in fold', `RETURN ${ONE}.fold(0, |$a, $x| ${ONE}.filter(|$y| $y = $a).len())`),
  surql('an index of an array with WHERE', `RETURN ${ONE}[WHERE ${ONE} CONTAINS 70000]`),
  surql('a subquery for each element', `SELECT (SELECT count() FROM ${MANY} GROUP ALL) FROM ${MANY}`),
  surql('a text that doubles', `RETURN array::fold(<array>0..40, 'a', |$a, $v| $a + $a).len()`),
  surql('an array that doubles', `RETURN array::fold(<array>0..40, [1], |$a, $v| [$a, $a])`),
  surql('large texts', `LET $a = string::repeat('a', 1000000); RETURN ${ONE}.map(|$x| string::uppercase($a)).len()`),
  surql('CONTAINSALL', 'RETURN $n CONTAINSALL $n.reverse()', NUMBERS),
  surql('CONTAINSNONE', 'RETURN $n CONTAINSNONE $m', NUMBERS),
  { title: 'many tables', text: `'SELECT * FROM ' + Array(150000).fill('run').join()` },
  surql('WHERE over an array', `SELECT * FROM ${ONE} WHERE ${ONE} CONTAINS 70000`),
  surql(
    'a product by SPLIT',
    `SELECT * FROM { a: <array>0..300, b: <array>0..300, c: <array>0..300, d: <array>0..300 } SPLIT a, b, c, d`,
  ),
  surql('value::diff', `RETURN value::diff($n, $m).len()`, NUMBERS),
  surql('ranges in a path', `RETURN ${ONE}.map(|$x| 0..1000000).to_array().len()`),
  surql('a long separator', `RETURN ${ONE}.join(string::repeat('a', 1000000)).len()`),
]
