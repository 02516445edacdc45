// What another policy would have said: the same as live calls are told, or that it is not known.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Asked } from '../../src/policy/asked.ts'
import { askedOf, shortened } from '../../src/policy/asked.ts'
import { parsePolicy } from '../../src/policy/document.ts'
import type { Hostname } from '../../src/policy/host.ts'
import type { Naming } from '../../src/policy/named-by.ts'
import { MAX_NAMINGS, namingsOf, placesIn } from '../../src/policy/named-by.ts'
import { rulesOf } from '../../src/policy/person-rules.ts'
import { Redactor } from '../../src/policy/redaction.ts'
import type { CallUsage, Decision } from '../../src/policy/usage.ts'
import { NOTHING_USED } from '../../src/policy/usage.ts'
import type { RecordedCall } from '../../src/policy/what-if.ts'
import { judgeDecision, propose, proposeGrants, whatIf } from '../../src/policy/what-if.ts'
import { callArguments, decided, grantLists, questions, UNDER } from './support/decisions.ts'

function policy(text: string) {
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const rules = rulesOf(parsed.value)
  if (!rules.ok) throw new Error(JSON.stringify(rules.error))
  return propose(rules.value, UNDER)
}

const ours = (extension: object) =>
  policy(JSON.stringify({ version: '1.0', permissions: {}, 'x-wassette-edge': extension }))

const NOTHING = ours({})

function asked(text: string): Asked {
  const [method = '', address = ''] = text.split(' ')
  const { protocol, hostname, port, pathname } = new URL(address)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  const at = port === '' ? (scheme === 'https' ? 443 : 80) : Number(port)
  return askedOf({ scheme, host: hostname as Hostname, port: at, path: pathname, method })
}

function decision(question: Asked, more: Partial<Decision> = {}): Decision {
  return { asked: question, verdict: 'allowed', times: 1, grants: ['g'], namings: [], ...more }
}

function call(usage: Partial<CallUsage> | null, more: Partial<RecordedCall> = {}): RecordedCall {
  const all = usage && { ...NOTHING_USED, ran: true, ioNeeded: 0, ...usage }
  return { outcome: 'answered', reason: null, startedAt: 1_000, usage: all, ...more }
}

const NO_VALUES = new Map<string, number>()

describe('whatIf', () => {
  it('says the same of what was decided under the very grants, whatever was asked with whatever arguments', () => {
    fc.assert(
      fc.property(
        grantLists,
        fc.array(fc.tuple(questions, callArguments), { maxLength: 8 }),
        (grants, all) => {
          const inForce = proposeGrants(grants, [], UNDER)
          const decisions = all.map(([question, args]) => decided(question, args, inForce))
          expect(whatIf(call({ decisions }), inForce, NO_VALUES)).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })

  it('says of other grants what a live call would be told, and where arguments are not known never the wrong thing', () => {
    fc.assert(
      fc.property(grantLists, grantLists, questions, callArguments, (a, b, question, args) => {
        const was = decided(question, args, proposeGrants(a, [], UNDER))
        const proposed = proposeGrants(b, [], UNDER)
        const live = decided(question, args, proposed)
        expect(judgeDecision(was, proposed).verdict).toBe(live.verdict)
        const blind = judgeDecision({ ...was, namings: null }, proposed)
        if (blind.would === 'not-known') return
        expect(blind.verdict === 'allowed').toBe(live.verdict === 'allowed')
      }),
      { numRuns: 500 },
    )
  })

  it('names the rule that would allow, or deny, and nothing of the host’s', () => {
    const decisions = [
      decision(asked('GET https://a.test/x'), { verdict: 'not-granted', grants: [] }),
      decision(asked('POST https://b.test/')),
      decision(asked('GET https://c.test/'), { times: 3 }),
    ]
    const proposed = ours({
      network: { allow: ['GET https://a.test/', 'c.test'], deny: ['POST b.test'] },
    })
    expect(whatIf(call({ decisions }), proposed, NO_VALUES)).toEqual([
      {
        subject: decisions[0]?.asked,
        times: 1,
        was: 'not-granted',
        would: 'would-be-allowed',
        verdict: 'allowed',
        rule: 'GET https://a.test/',
      },
      {
        subject: decisions[1]?.asked,
        times: 1,
        was: 'allowed',
        would: 'would-be-refused',
        verdict: 'denied',
        rule: 'POST b.test',
      },
    ])
    expect(whatIf(call({ decisions }), NOTHING, NO_VALUES)).toMatchObject([
      { would: 'would-be-refused', verdict: 'not-granted', rule: null },
      { would: 'would-be-refused', verdict: 'not-granted', rule: null, times: 3 },
    ])
  })

  it('counts what was used up as refused, and what was gone as nobody’s policy', () => {
    const [spent, gone] = (['spent', 'gone'] as const).map((verdict) =>
      decision(asked('GET https://a.test/'), { verdict, grants: [] }),
    )
    const decisions = [spent, gone].filter((one) => one !== undefined)
    const open = ours({ network: { allow: ['a.test'] } })
    expect(whatIf(call({ decisions }), open, NO_VALUES)).toMatchObject([
      { was: 'spent', would: 'would-be-allowed' },
    ])
    expect(whatIf(call({ decisions }), NOTHING, NO_VALUES)).toEqual([])
  })

  it('knows a rule that binds to an argument by what the argument named', () => {
    const namings = namingsOf(
      placesIn({ url: 'https://a.test/x', other: 'b.test' }),
      asked('GET https://a.test/x'),
    )
    expect(namings).toEqual([{ argument: 'url', scheme: 'https', port: null }])
    const about = decision(asked('GET https://a.test/x'), { namings: namings && [...namings] })
    const verdictUnder = (rule: string) =>
      judgeDecision(about, ours({ network: { allow: [rule] } })).verdict
    expect(verdictUnder('{url}')).toBe('allowed')
    expect(verdictUnder('{other}')).toBe('not-granted')
    expect(verdictUnder('http://{url}/')).toBe('not-granted')
  })

  it('does not know what a rule binds to where too many arguments name the place', () => {
    const args = Object.fromEntries(
      Array.from({ length: MAX_NAMINGS + 1 }, (_, n) => [`a${n}`, 'a.test']),
    )
    const question = asked('GET https://a.test/')
    const namings = namingsOf(placesIn(args), question)
    expect(namings).toBeNull()
    const about = decision(question, { namings: namings as Naming[] | null })
    expect(judgeDecision(about, ours({ network: { allow: ['{a1}'] } })).would).toBe('not-known')
    expect(judgeDecision(about, ours({ network: { allow: ['a.test', '{a1}'] } })).would).toBe(
      'same',
    )
    const denied = ours({ network: { allow: ['{a1}'], deny: ['a.test'] } })
    expect(judgeDecision(about, denied).verdict).toBe('denied')
  })

  it('records no argument that says more than the question', () => {
    const args = {
      secret: 'k3y.example',
      note: 'hidden words',
      path: '/notes',
      deep: { a: { b: 'x' } },
    }
    const places = placesIn(args)
    const root: Asked = { kind: 'access', path: '/', access: 'read', passes: true }
    expect(namingsOf(places, root)).toEqual([])
    expect(namingsOf(places, asked('GET https://a.test/'))).toEqual([])
    const file: Asked = { kind: 'access', path: '/notes/a', access: 'read', passes: false }
    expect(namingsOf(places, file)).toEqual([{ argument: 'path', path: '/notes' }])
  })

  it('knows of a path that was cut what does not hang on its end', () => {
    const whole = asked(`GET https://a.test/v1/${'x'.repeat(100)}`)
    const about = decision(shortened(whole, 32, new Redactor()))
    expect(about.asked).toMatchObject({ cut: true })
    expect(judgeDecision(about, ours({ network: { allow: ['a.test'] } })).would).toBe('same')
    expect(judgeDecision(about, ours({ network: { allow: ['b.test'] } })).would).toBe(
      'would-be-refused',
    )
    const byPath = ours({ network: { allow: ['https://a.test/v1/'] } })
    expect(judgeDecision(about, byPath).would).toBe('not-known')
  })

  it('knows nothing of calls from before, nor of what was not kept', () => {
    expect(whatIf(call(null), NOTHING, NO_VALUES)).toMatchObject([
      { subject: { kind: 'call' }, would: 'not-known' },
    ])
    expect(whatIf(call({ complete: false }), NOTHING, NO_VALUES)).toMatchObject([
      { subject: { kind: 'call' }, would: 'not-known' },
    ])
    expect(whatIf(call({ ran: false }), ours({ limits: { requests: 1 } }), NO_VALUES)).toEqual([])
  })

  it('tells variables that would be handed over too, as far as they were set by then', () => {
    const proposed = ours({ environment: { allow: ['A', 'B', 'C'] } })
    const decisions = [decision({ kind: 'variable', key: 'A' })]
    const values = new Map([
      ['A', 1],
      ['B', 1_000],
      ['C', 1_001],
    ])
    expect(whatIf(call({ decisions }), proposed, values)).toMatchObject([
      { subject: { kind: 'variable', key: 'B' }, was: 'not-handed', would: 'would-be-allowed' },
      { subject: { kind: 'variable', key: 'C' }, was: 'not-handed', would: 'not-known' },
    ])
    expect(whatIf(call({ decisions }), NOTHING, values)).toMatchObject([
      { subject: { kind: 'variable', key: 'A' }, would: 'would-be-refused' },
    ])
  })

  it('says which bound a call would meet, and does not know what was not measured', () => {
    const amounts = { requests: 3, fuel: 10_000_000, egressBytes: 0 }
    const lower = ours({ limits: { requests: 2, fuel: 10_000_000, 'output-bytes': 1_000 } })
    const told = whatIf(call({ amounts }), lower, NO_VALUES)
    expect(told.map(({ subject, would, rule }) => [subject, would, rule])).toEqual([
      [{ kind: 'bound', bound: 'output-bytes' }, 'not-known', 'output-bytes'],
      [{ kind: 'bound', bound: 'requests' }, 'would-be-refused', 'requests'],
    ])
    const slower = policy('version: "1.0"\npermissions: { resources: { io: 4 } }\n')
    expect(whatIf(call({ ioNeeded: 5 }), slower, NO_VALUES)).toMatchObject([
      { subject: { bound: 'io-rate' }, would: 'would-be-refused' },
    ])
    expect(whatIf(call({ ioNeeded: 4 }), slower, NO_VALUES)).toEqual([])
  })

  it('says that a call would have gone on that ended at a bound, but for fuel', () => {
    const ended = (reason: string, limits: CallUsage['limits']) =>
      call({ limits, amounts: { requests: 3 } }, { outcome: 'bound', reason })
    const same = ours({ limits: { requests: 2 } })
    expect(whatIf(ended('requests', { requests: 2 }), same, NO_VALUES)).toEqual([])
    expect(whatIf(ended('requests', { requests: 2 }), NOTHING, NO_VALUES)).toMatchObject([
      { subject: { bound: 'requests' }, was: 'bound', would: 'would-be-allowed' },
    ])
    expect(whatIf(ended('fuel', { fuel: 5 }), NOTHING, NO_VALUES)).toMatchObject([
      { subject: { bound: 'fuel' }, would: 'not-known' },
    ])
  })
})
