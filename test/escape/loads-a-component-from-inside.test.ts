// `load-component` fetches from a URL that an agent names. It is an agent's way to have this server ask
// machines that only the server can reach.

import { beforeAll, expect, inject, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { forget, received, resident } from '../support/escape.ts'

const { inside } = inject('watcher').ports
const { host } = new URL(inject('server').url)
const PATHS = [
  `http://127.0.0.1:${inside}/x.wasm`,
  `https://127.0.0.1:${inside}/x.wasm`,
  'https://127.0.0.1/x.wasm',
  'https://2130706433/x.wasm',
  'https://[::1]/x.wasm',
  'https://localhost/x.wasm',
  `https://${host}/api/components/x`,
  'https://169.254.169.254/x.wasm',
  'https://metadata.google.internal/x.wasm',
  'https://someone.workers.dev/x.wasm',
  `https://watched.test:${inside}/x.wasm`,
  'https://watched.test@127.0.0.1/x.wasm',
  `https://watched.test/redirect?to=${encodeURIComponent(`https://127.0.0.1:${inside}/`)}`,
  'file:///etc/passwd',
  'data:application/wasm,x',
  'ftp://watched.test/x.wasm',
  'oci://watched.test/x',
]
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

it('asks nobody inside, and tells nothing of what it found', async () => {
  await forget()
  for (const path of PATHS) {
    const answer = await alice.agent.call('load-component', { path })
    expect(answer.isError, path).toBe(true)
    expect(errorOf(answer)?.['code'], path).toMatch(/^(bad-reference|refused-host)$/)
  }
  const seen = await received()
  expect([seen.inside, seen.elsewhere]).toEqual([[], []])
})

it('leaves the upstream of a name by no path', async () => {
  await forget()
  await alice.agent.call('load-component', {
    path: `https://watched.test//127.0.0.1:${inside}/x.wasm`,
  })
  const seen = await received()
  expect([seen.watched.length, seen.inside]).toEqual([1, []])
})
