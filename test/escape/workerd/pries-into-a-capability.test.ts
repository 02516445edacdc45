// A stub shows the methods of the object behind it. A guest asks for everything else that might be there:
// private fields, the permission, the meter, the constructor, other people's objects through it.

import { expect, it } from 'vitest'
import { owned, valueOf } from './support/owned.ts'
import { world } from './support/world.ts'

const NAMES = [
  ...['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON'],
  ...[
    '#permission',
    'permission',
    '_permission',
    '#meter',
    'meter',
    '#parts',
    'parts',
    '#store',
    'store',
  ],
  ...[
    '#conversation',
    'conversation',
    'question',
    'questions',
    '#questions',
    'answered',
    'answers',
    '#upstreams',
    'upstreams',
    '#files',
    'files',
    'drive',
    'env',
    'ctx',
  ],
  ...[
    '__defineGetter__',
    '__lookupGetter__',
    'isPrototypeOf',
    'propertyIsEnumerable',
    'caller',
    'arguments',
  ],
]

it('sees none of it', async () => {
  const { held, done } = world({ hosts: ['demo.test'] })
  const body = `
    const seen = []
    for (const [kind, capability] of Object.entries(held)) {
      for (const name of ${JSON.stringify(NAMES)}) {
        await Promise.resolve(capability[name]).then(
          (value) => { if (typeof value !== 'function' && value !== undefined) seen.push(kind + '.' + name) },
          () => {},
        )
        await Promise.resolve().then(() => capability[name]('x')).then(
          (value) => { if (typeof value !== 'string' || value.includes('demo')) seen.push(kind + '.' + name + '()') },
          () => {},
        )
      }
    }
    return answer(seen)`
  const seen = (await valueOf(owned(body), held)) as string[]
  // What every function and stub has on the guest's own side is not the object's.
  const own =
    /\.(toString|valueOf|hasOwnProperty|constructor|__proto__|prototype|isPrototypeOf|propertyIsEnumerable|__lookupGetter__|__defineGetter__|arguments|caller)(\(\))?$/
  expect(seen.filter((one) => !own.test(one))).toEqual([])
  expect(done).toEqual([])
})
