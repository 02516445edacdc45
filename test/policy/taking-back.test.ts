import { describe, expect, it } from 'vitest'
import { isStoredRule } from '../../src/policy/stored-rule.ts'
import { standingToHost, standingToPath } from '../../src/policy/taking-back.ts'

describe('standingToHost', () => {
  it.each([
    // What lies inside ends, whatever its methods and its path.
    ['demo.test', 'demo.test', 'inside'],
    ['GET http://demo.test/hello/', 'http://demo.test/', 'inside'],
    ['GET http://demo.test/hello/', 'demo.test:80', 'inside'],
    ['GET http://demo.test/hello/', 'DEMO.test.', 'inside'],
    ['POST demo.test', 'demo.test', 'inside'],
    ['GET demo.test', 'GET,HEAD demo.test', 'inside'],
    ['http://demo.test:81/a/', 'demo.test:*', 'inside'],
    ['GET a.demo.test', '*.demo.test', 'inside'],
    ['https://demo.test/', '*', 'inside'],
    ['GET cidr 1.1.1.1/32', '1.1.1.1', 'inside'],
    ['GET cidr 2606:4700::1/128', '[2606:4700::1]', 'inside'],
    ['tcp://db.test:5432', 'tcp://db.test:5432', 'inside'],
    ['GET {url}', '{url}', 'inside'],
    // What reaches farther stays.
    ['demo.test', 'http://demo.test/', 'reaches'],
    ['demo.test', 'demo.test:80', 'reaches'],
    ['demo.test', 'GET demo.test', 'reaches'],
    ['GET,HEAD demo.test', 'GET,POST demo.test', 'reaches'],
    ['*', 'demo.test', 'reaches'],
    ['*.test', 'http://demo.test/hello/', 'reaches'],
    ['{url}', 'demo.test', 'reaches'],
    ['cidr 1.1.1.0/24', '1.1.1.1', 'reaches'],
    ['demo.test:81', 'demo.test', 'reaches'],
    ['tcp://demo.test:5432', 'demo.test', 'reaches'],
    ['tcp://*:443', 'demo.test', 'reaches'],
    // The rest is about something else.
    ['demo.test', 'other.test', 'apart'],
    ['demo.test:81', 'demo.test:80', 'apart'],
    ['tcp://demo.test:5432', 'demo.test:80', 'apart'],
    ['tcp://demo.test:5432', 'GET demo.test', 'apart'],
    ['POST demo.test', 'GET demo.test', 'apart'],
    ['https://demo.test/', 'http://demo.test/', 'apart'],
    ['http://demo.test/a/', 'http://demo.test/b/', 'apart'],
    ['*', '1.1.1.1', 'apart'],
    ['demo.test', '{url}', 'apart'],
    ['demo.test', 'no host', 'apart'],
  ] as const)('%s, of which %s is taken back, is %s', (granted, named, standing) => {
    expect(standingToHost(granted, named)).toBe(standing)
  })
})

describe('standingToPath', () => {
  it.each([
    ['read fs://notes', 'fs://notes', 'inside'],
    ['write fs://notes/a.md', 'fs://notes', 'inside'],
    ['read fs://notes/*.md', 'fs:///notes/', 'inside'],
    ['read fs://**/x', 'fs:///', 'inside'],
    ['read fs://notes/a.md', 'fs://notes/**', 'inside'],
    ['read {path}', '{path}', 'inside'],
    ['read fs://notes', 'fs://notes/a.md', 'reaches'],
    ['read,write fs:///', 'fs://notes', 'reaches'],
    ['read fs://**/*.md', 'fs://notes', 'reaches'],
    ['read {path}', 'fs://notes', 'reaches'],
    ['read fs://notes', 'fs://notes2', 'apart'],
    ['read fs://other/**', 'fs://notes', 'apart'],
    ['read fs://notes', '{path}', 'apart'],
    ['read fs://notes', 'notes', 'apart'],
  ] as const)('%s, of which %s is taken back, is %s', (granted, named, standing) => {
    expect(standingToPath(granted, named)).toBe(standing)
  })
})

describe('isStoredRule', () => {
  it.each([
    ['network', 'GET http://a.test/b/', true],
    ['network', 'a b.test', false],
    ['storage', 'read fs://a', true],
    ['storage', 'read fs://a\n', false],
    ['storage', 'fs://a', false],
    ['environment', 'TOKEN', true],
    ['environment', '*', false],
    ['limit', 'memory 1048576', true],
    ['limit', 'memory', false],
    ['labels', 'untrusted,outward', true],
    ['labels', 'outward,untrusted', false],
  ] as const)('%s %j: %s', (kind, text, is) => {
    expect(isStoredRule(kind, text)).toBe(is)
  })
})
