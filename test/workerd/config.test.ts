// What the configuration may say, and what it says of people who signed in before.

import { describe, expect, it } from 'vitest'
import { BadConfiguration, hasHost, isHost, mayAct, readConfig } from '../../src/config.ts'

const ENV = {
  PUBLIC_URL: 'https://edge.test',
  OIDC_ISSUER: 'https://first.test',
  OIDC_CLIENT_ID: 'c',
  OIDC_CLIENT_SECRET: 's',
  SIGN_IN_ALLOW: 'ada',
  HOST_SUBJECTS: 'root',
  SIGN_IN_PROVIDERS: JSON.stringify([
    {
      kind: 'oidc',
      id: 'work',
      issuer: 'https://work.test',
      client_id: 'c',
      secret: 'SIGN_IN_WORK',
      allow: '@work.test',
      hosts: 'boss',
    },
  ]),
  SIGN_IN_WORK: 's',
  AUDIT_KEY: new Uint8Array(32).toBase64(),
  AUDIT_RETENTION_DAYS: '1',
  EGRESS_UPSTREAMS: '',
} as unknown as Env

describe('the configuration', () => {
  it.each([
    'nothing',
    'a.test=10.0.0.7',
    'a.test=http://10.0.0.7/x',
    'b=http://c,a.test=ftp://10.0.0.7',
  ])('is refused with the upstreams %s, which nobody is told', (upstreams) => {
    const read = () => readConfig({ ...ENV, EGRESS_UPSTREAMS: upstreams })
    expect(read).toThrow(BadConfiguration)
    expect(read).toThrow(/^EGRESS_UPSTREAMS: entry [12] is not name=/)
    expect(read).not.toThrow('10.0.0.7')
  })
})

describe('what somebody may do now', () => {
  const config = readConfig(ENV)
  const ada = {
    issuer: 'https://first.test',
    subject: 'ada',
    let_in_by: null,
    suspended_at: null,
    client_ended_at: null,
    is_granted: true,
  }

  it.each([
    ['as they are', {}, true],
    ['of another issuer', { issuer: 'https://work.test' }, false],
    ['of an issuer that is none here', { issuer: 'https://gone.test' }, false],
    ['suspended', { suspended_at: 1 }, false],
    ['whose client ended before it was let in', { client_ended_at: 99 }, true],
    ['whose client ended since', { client_ended_at: 100 }, false],
    ['whose client has given its grant back', { is_granted: false }, false],
    ['let in by an entry', { issuer: 'https://work.test', let_in_by: '@work.test' }, true],
    [
      'let in by an entry that is gone',
      { issuer: 'https://work.test', let_in_by: '@old.test' },
      false,
    ],
    ['let in by an entry of another', { subject: 'x', let_in_by: '@work.test' }, false],
  ])('%s', (_, changes, expected) => {
    expect(mayAct(config, { ...ada, ...changes }, 100)).toBe(expected)
  })

  it('is nothing for nobody, nor for a token from before times were kept', () => {
    expect(mayAct(config, null, 100)).toBe(false)
    expect(mayAct(config, { ...ada, client_ended_at: 1 }, 0)).toBe(false)
  })

  it('is the host’s only at the issuer that names them', () => {
    expect(isHost(config, { issuer: 'https://first.test', subject: 'root' })).toBe(true)
    expect(isHost(config, { issuer: 'https://first.test/', subject: 'root' })).toBe(true)
    expect(isHost(config, { issuer: 'https://work.test', subject: 'root' })).toBe(false)
    expect(isHost(config, { issuer: 'https://work.test', subject: 'boss' })).toBe(true)
  })

  it('is the host’s at no server that names none', () => {
    expect(hasHost(config)).toBe(true)
    const nobody = { ...ENV, HOST_SUBJECTS: ' , ', SIGN_IN_PROVIDERS: '' }
    const hostless = readConfig(nobody)
    expect(hasHost(hostless)).toBe(false)
    expect(isHost(hostless, { issuer: 'https://first.test', subject: '' })).toBe(false)
  })
})
