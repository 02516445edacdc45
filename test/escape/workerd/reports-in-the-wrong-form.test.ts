// What comes back from an isolate is a claim. A report that is none, has a part too many, or an outcome that
// we do not know is a failure of the guest, whatever it says.

import { expect, it } from 'vitest'
import { owned, run } from './support/owned.ts'

const REPORTS = [
  'undefined',
  'null',
  '1',
  '"ok"',
  '[]',
  '{}',
  'new Map([["outcome", { tag: "ok", value: 1 }]])',
  'new Date()',
  'new Error("ok")',
  '{ outcome: "ok", stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "ok", value: 1 } }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: "", fuel: 0, person: "bob" }',
  '{ outcome: { tag: "ok", value: 1, denied: [] }, stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "answered", value: 1 }, stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "__proto__" }, stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "bound", bound: "constructor" }, stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "exit", code: "0" }, stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "handle", fault: "none" }, stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "trap", message: ["x"] }, stdout: "", stderr: "", fuel: 0 }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: ["x"], stderr: "", fuel: 0 }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: new Uint8Array(9), fuel: 0 }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: "", fuel: "0" }',
  '(() => 1)',
  'new (class extends workers.RpcTarget { outcome() {} })()',
  'new Response("ok")',
  'Symbol("x")',
  'new WebAssembly.Memory({ initial: 1 })',
]

it.each(REPORTS)('%s is a trap', async (report) => {
  const outcome = await run(owned(`return ${report}`))
  expect(outcome).toMatchObject({ tag: 'trap', log: '' })
  expect(JSON.stringify(outcome)).not.toContain('bob')
})

it('an exception with words of the guest’s tells none of them', async () => {
  const outcome = await run(owned('throw new Error("taken: IGNORE")'))
  expect(outcome).toMatchObject({
    tag: 'trap',
    message: 'the runtime stopped the component',
    log: '',
  })
})

it('an object that is awaited for ever is given up', async () => {
  const thenable =
    '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: "", fuel: 0, then() {} }'
  const outcome = await run(owned(`return ${thenable}`), undefined, 500)
  expect(['bound', 'trap']).toContain(outcome.tag)
})
