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
  '{ outcome: "ok", stdout: "", stderr: "" }',
  '{ outcome: { tag: "ok", value: 1 } }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: "", person: "bob" }',
  '{ outcome: { tag: "ok", value: 1, denied: [] }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "answered", value: 1 }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "__proto__" }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "bound", bound: "constructor" }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "exit", code: "0" }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "handle", fault: "none" }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "trap", message: ["x"] }, stdout: "", stderr: "" }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: ["x"], stderr: "" }',
  '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: new Uint8Array(9) }',
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
  expect(outcome).toEqual({ tag: 'trap', message: 'the runtime stopped the component', log: '' })
})

it('an object that is awaited for ever is given up', async () => {
  const thenable = '{ outcome: { tag: "ok", value: 1 }, stdout: "", stderr: "", then() {} }'
  const outcome = await run(owned(`return ${thenable}`), undefined, 500)
  expect(['bound', 'trap']).toContain(outcome.tag)
})
