// The page of a call quotes whoever is on it: nothing of theirs stands there unseen.

import { expect, it } from 'vitest'
import { CallPage } from '../../src/console/pages/call.tsx'

const page = (client: string, unlisted = 0) =>
  CallPage({
    person: {
      id: 'p',
      issuer: 'https://id.test',
      subject: 'ann',
      name: 'Ann',
      created_at: 0,
      let_in_by: null,
      suspended_at: null,
    },
    call: {
      id: 'c',
      seq: 1,
      client,
      client_name: 'a client',
      session: null,
      tool: 'fetch',
      component: null,
      source: null,
      digest: null,
      policy_digest: null,
      arguments_digest: null,
      started_at: 0,
      ms: 1,
      fuel: 0,
      outcome: 'ok',
      reason: null,
      variables: [],
      refusals: [],
      host_calls: [],
      unlisted,
      log: '',
    },
  })

it('spells out what is unseen in the id of a client', () => {
  const html = String(page('https://client.test/\u202egpj.exe'))
  expect(html).not.toContain('\u202e')
  expect(html).toContain('https://client.test/[U+202E]gpj.exe')
})

it('says how many host calls are not listed', () => {
  expect(String(page('c', 7))).toContain('7 more are not listed')
  expect(String(page('c'))).not.toContain('not listed')
})
