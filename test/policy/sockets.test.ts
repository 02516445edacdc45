import { describe, expect, it } from 'vitest'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { layerOf } from '../../src/policy/layers.ts'
import type { NetworkPermission } from '../../src/policy/network.ts'
import { judgeLookup, parseName } from '../../src/policy/sockets.ts'

function permission(...rules: string[]): NetworkPermission {
  const allow = rules.map((text) => {
    const rule = parseHostRule(text)
    if (!rule.ok) throw new Error(rule.error)
    return rule.value
  })
  return { layers: [layerOf('grants', allow)], ownHosts: ['edge.example'] }
}

function lookup(text: string, ...rules: string[]) {
  const host = parseName(text)
  if (host === null) throw new Error(`no name: ${text}`)
  const verdict = judgeLookup(permission(...rules), host)
  return verdict.ok ? null : verdict.error
}

describe('parseName', () => {
  it('gives a name its canonical spelling', () => {
    expect(parseName('DB.Example.COM.')).toBe('db.example.com')
    expect(parseName('bücher.example')).toBe('xn--bcher-kva.example')
  })

  it.each(['', 'a b', 'a/b', 'a@b', 'a:80', 'a?b', 'a#b', 'a\\b', 'a..b', '[::1]'])(
    'finds no name in %j',
    (text) => expect(parseName(text)).toBeNull(),
  )
})

describe('judgeLookup', () => {
  it('permits a name that a tcp rule covers, whatever its port', () => {
    expect(lookup('db.x.com', 'tcp://db.x.com:5432')).toBeNull()
    expect(lookup('a.x.com', 'tcp://*.x.com:1')).toBeNull()
    expect(lookup('any.example', 'tcp://*:1')).toBeNull()
  })

  it('denies a name that only requests may reach', () => {
    expect(lookup('db.x.com', 'db.x.com', 'https://db.x.com/', '*')).toEqual({
      reason: 'name-not-granted',
      permission: 'network',
      host: 'db.x.com',
      port: 0,
    })
  })

  it('denies the apex of a wildcard', () => {
    expect(lookup('x.com', 'tcp://*.x.com:1')).toMatchObject({ reason: 'name-not-granted' })
  })

  it.each([
    ['192.0.2.1', 'address'],
    ['0x7f000001', 'address'],
    ['printer', 'private-name'],
    ['db.internal', 'private-name'],
    ['edge.example', 'own-host'],
    ['x.workers.dev', 'own-host'],
  ])('refuses %s whatever was granted: %s', (text, why) => {
    expect(lookup(text, `tcp://${text}:1`, 'tcp://*:1')).toMatchObject({
      reason: 'unreachable',
      why,
    })
  })
})
