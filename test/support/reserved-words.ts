// A component that exports everything there is under names that JavaScript, or the code that jco generates, keeps
// for itself. Each function answers with the place of its word in the list.

import { fromCore } from './wat.ts'
import { CLASSES, WORDS } from './words.ts'

const WIT = `package a:b@1.0.0;
  interface console { ${WORDS.map((word) => `%${word}: func() -> u32;`).join('\n')} }
  interface members {
    resource thing { constructor(); ${WORDS.map((word) => `%${word}: func() -> u32;`).join('\n')} }
    resource kind { ${WORDS.map((word) => `%${word}: static func() -> u32;`).join('\n')} }
  }
  interface classes {
    ${CLASSES.map(
      (name) => `resource %${name} {
        constructor(n: u32);
        get: func() -> u32;
        larger: static func(a: %${name}, b: borrow<%${name}>) -> %${name};
      }`,
    ).join('\n')}
  }
  world w { export console; export members; export classes; }`

function core(): string {
  const made = [['members', 'thing'], ...CLASSES.map((name) => ['classes', name])]
  const news = made.map(
    ([of, name]) => `(import "[export]a:b/${of}@1.0.0" "[resource-new]${name}"
      (func $new-${name} (param i32) (result i32)))`,
  )
  const answers = WORDS.map((word, i) => {
    const answer = (name: string, params = '') =>
      `(func (export "a:b/${name}") ${params} (result i32) i32.const ${i})`
    return `${answer(`console@1.0.0#${word}`)}
      ${answer(`members@1.0.0#[method]thing.${word}`, '(param i32)')}
      ${answer(`members@1.0.0#[static]kind.${word}`)}`
  })
  const classes = CLASSES.map((name) => {
    const of = 'a:b/classes@1.0.0#'
    return `(func (export "${of}[constructor]${name}") (param i32) (result i32)
        (call $new-${name} (local.get 0)))
      (func (export "${of}[method]${name}.get") (param i32) (result i32) local.get 0)
      (func (export "${of}[static]${name}.larger") (param i32 i32) (result i32) local.get 0)`
  })
  return `(module
    ${news.join('\n')}
    ${answers.join('\n')}
    ${classes.join('\n')}
    (func (export "a:b/members@1.0.0#[constructor]thing") (result i32)
      (call $new-thing (i32.const 1))))`
}

export async function reservedWords(): Promise<Uint8Array> {
  return await fromCore(WIT, core())
}
