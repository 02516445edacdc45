import { describe, expect, it } from 'vitest'
import { MAX_PROPOSED, readProposal } from '../../src/policy/proposal.ts'

const policy = (permissions: string) =>
  `version: "1.0"\ndescription: "D"\npermissions:\n${permissions}`

describe('readProposal', () => {
  it('is the rules of a policy, as they are stored when the person allows them', () => {
    const text = policy(`  network:
    allow: [{host: "https://api.test/v1"}, {host: "b.test"}]
    deny: [{host: "c.test"}]
  storage:
    allow: [{uri: "fs://notes", access: [read]}]
  environment:
    allow: [{key: TOKEN}]
`)
    expect(readProposal(text)).toEqual({
      description: 'D',
      allow: [
        { effect: 'allow', permission: 'network', rule: 'https://api.test/v1/' },
        { effect: 'allow', permission: 'network', rule: 'b.test' },
        { effect: 'allow', permission: 'storage', rule: 'read fs://notes' },
        { effect: 'allow', permission: 'environment', rule: 'TOKEN' },
      ],
      deny: [{ effect: 'deny', permission: 'network', rule: 'c.test' }],
    })
  })

  it.each([
    ['a text that is no policy', 'allow everything'],
    ['a policy with a key that nobody knows', policy('  everything: true\n')],
    [
      'more rules than a person reads',
      policy(
        `  network:\n    allow: [${Array.from({ length: MAX_PROPOSED + 1 }, (_, i) => `{host: h${i}.test}`).join(', ')}]\n`,
      ),
    ],
  ])('is none for %s', (_, text) => expect(readProposal(text)).toBeNull())

  it('proposes nothing where nothing is allowed', () => {
    expect(readProposal(policy('  network: {}\n'))).toMatchObject({ allow: [], deny: [] })
  })
})
