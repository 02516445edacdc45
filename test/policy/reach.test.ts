import { describe, expect, it } from 'vitest'
import { describeReach, isBroad } from '../../src/policy/reach.ts'

describe('describeReach', () => {
  it.each([
    ['a.test', 'This host only: http on port 80 and https on port 443, any method, any path.'],
    ['GET,HEAD a.test:81', 'This host only: http and https on this port, these methods, any path.'],
    [
      'https://a.test/v1/',
      'This host only: this scheme and port, any method, paths from this prefix on.',
    ],
    ['*.a.test:*', 'Every host below this name: http and https on any port, any method, any path.'],
    [
      'tcp://a.test:5432',
      'This host only: this port, and whatever bytes the component sends and receives there.',
    ],
    [
      'GET {url}',
      'In each call the host that this argument names: http on port 80 and https on port 443, these methods, any path.',
    ],
    [
      'cidr 192.0.2.0/24',
      'Every public address of this range, by its number: http on port 80 and https on port 443, any method, any path.',
    ],
    ['not a rule', 'Nothing: the rule is not valid.'],
  ])('of %s', (rule, sentence) => expect(describeReach('network', rule)).toBe(sentence))

  it.each([
    ['read fs://a', 'This file, or this directory and everything below it: open, list and read.'],
    ['write fs://a/*', 'What the pattern names: create, change, rename and remove.'],
    [
      'read {path}',
      'In each call the file that this argument names, or that directory and everything below it: open, list and read.',
    ],
    ['fs://a', 'Nothing: the rule is not valid.'],
  ])('of %s', (rule, sentence) => expect(describeReach('storage', rule)).toBe(sentence))

  it.each(['network', 'storage', 'environment'] as const)('quotes no rule: %s', (permission) => {
    expect(describeReach(permission, 'read fs://<script>')).not.toContain('script')
  })
})

describe('isBroad', () => {
  it.each([
    ['network', '*', true],
    ['network', 'GET *.a.test', true],
    ['network', 'tcp://*:443', true],
    ['network', 'cidr 192.0.2.0/24', true],
    ['network', 'cidr 192.0.2.1/32', false],
    ['network', 'a.test', false],
    ['network', '{url}', false],
    ['storage', 'read fs:///', true],
    ['storage', 'read fs://**/*.md', true],
    ['storage', 'read fs://a', false],
    ['storage', 'read {path}', false],
    ['environment', 'A', false],
  ] as const)('of %s %s is %s', (permission, rule, expected) => {
    expect(isBroad(permission, rule)).toBe(expected)
  })
})
