import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parsePolicy } from '../../src/policy/document.ts'
import { POLICY_SCHEMA } from '../../src/policy/document-schema.ts'
import type { PolicyFault } from '../../src/policy/fault.ts'
import { documents } from '../support/policies.ts'

const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  ownProperties: true,
})
const validate = ajv.compile(POLICY_SCHEMA)

function faults(value: unknown): readonly PolicyFault[] {
  const parsed = parsePolicy(stringify(value))
  return parsed.ok ? [] : parsed.error
}

/** The same document with something else put somewhere in it. */
function changed(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return by
  if (Array.isArray(value)) {
    if (value.length === 0) return [by]
    return value.map((part, i) => (i === step % value.length ? changed(part, rest, by) : part))
  }
  const keys = Object.keys(value)
  const key = keys[step % (keys.length + 1)]
  const entries = value as Record<string, unknown>
  if (key === undefined) return { ...entries, unknown: by }
  return { ...entries, [key]: changed(entries[key], rest, by) }
}

const mutants = fc
  .tuple(
    documents,
    fc.array(fc.nat(7), { maxLength: 6 }),
    fc.constantFrom(null, 0, 1, 'x', '', true, [], {}, ['x'], { x: 1 }, [{}], { arg: 'x' }),
  )
  .map(([document, path, by]) => changed(document, path, by))

describe('the schema of a policy', () => {
  it('is the one that is published', async () => {
    const text = JSON.stringify(POLICY_SCHEMA, null, 2)
    await expect(text).toMatchFileSnapshot('../../docs/policy.schema.json')
  })

  it('says of every key what it is, with an example that it takes', () => {
    const undescribed: string[] = []
    const look = (schema: unknown, at: string, isKey: boolean): void => {
      if (typeof schema !== 'object' || schema === null) return
      const { description, examples, properties, items, anyOf } = schema as Record<string, unknown>
      const isDescribed = typeof description === 'string' && description !== ''
      const isShown = properties !== undefined || (Array.isArray(examples) && examples.length > 0)
      if (isKey && !(isDescribed && isShown)) undescribed.push(at)
      for (const example of Array.isArray(examples) ? examples : []) {
        // A rule by itself is no document: the same schema judges it.
        expect(ajv.validate(schema, example), `${at}: ${JSON.stringify(example)}`).toBe(true)
      }
      for (const [key, value] of Object.entries(properties ?? {})) look(value, `${at}.${key}`, true)
      look(items, `${at}[]`, false)
      for (const one of Array.isArray(anyOf) ? anyOf : []) look(one, at, false)
    }
    look(POLICY_SCHEMA, '', false)
    expect(undescribed).toEqual([])
  })

  it('accepts what the parser accepts', () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(faults(document)).toEqual([])
        expect(validate(document) ? [] : validate.errors).toEqual([])
      }),
      { numRuns: 250 },
    )
  })

  it('bounds each text as the parser does', () => {
    const at = (length: number, text = '') => text.padEnd(length, 'a')
    const allowing = (rule: object) => ({
      version: '1.0',
      permissions: {},
      'x-wassette-edge': { network: { allow: [rule] } },
    })
    const argument = Array.from({ length: 4 }, () => at(64)).join('.')
    const documents = [
      { $schema: at(2_000), version: '1.0', permissions: {} },
      { $schema: at(2_001), version: '1.0', permissions: {} },
      allowing({ host: { arg: argument } }),
      allowing({ host: { arg: `${argument}a` } }),
      allowing({ host: 'a.test'.padEnd(512) }),
      allowing({ host: 'a.test'.padEnd(513) }),
      { version: '1.0', permissions: { network: { allow: [{ host: 'a.test'.padEnd(512) }] } } },
      { version: '1.0', permissions: { network: { allow: [{ host: 'a.test'.padEnd(513) }] } } },
      { version: '1.0', description: at(2_000), permissions: {} },
      { version: '1.0', description: at(2_001), permissions: {} },
    ]
    const parsed = documents.map((document) => faults(document).length === 0)
    expect(parsed).toEqual(documents.map((_, n) => n % 2 === 0))
    expect(documents.map((document) => validate(document))).toEqual(parsed)
  })

  it('refuses every document whose structure the parser refuses, and none that the parser accepts', () => {
    let [refused, accepted] = [0, 0]
    fc.assert(
      fc.property(mutants, (document) => {
        const found = faults(document)
        const isValid = validate(document)
        if (found.some(({ kind }) => kind === 'structure')) {
          refused += 1
          expect(isValid, JSON.stringify([document, found])).toBe(false)
        } else if (found.length === 0) {
          accepted += 1
          expect(isValid, JSON.stringify([document, validate.errors])).toBe(true)
        }
      }),
      { numRuns: 1_500 },
    )
    // Both happened, or this would show nothing.
    expect(Math.min(refused, accepted)).toBeGreaterThan(50)
  })
})
