// docs/bounds.md and the code say the same: no bound without its row, no row without its bound.

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { COMPONENT_LIMITS } from '../../src/component/limits.ts'
import { BOUNDS, CALL_LIMITS, named } from '../../src/policy/limits.ts'

const document = readFileSync('docs/bounds.md', 'utf8')

/** The cells of the table below a heading whose first column is in code. */
function rows(heading: string): string[][] {
  const [, section = ''] = document.split(`\n## ${heading}\n`)
  const lines = section.split('\n## ')[0]?.split('\n') ?? []
  return lines
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

function amount(value: number, unit: string): string {
  const [kib, mib] = [1024, 1024 * 1024]
  if (unit === 'milliseconds' && value % 1000 === 0) return `${value / 1000} s`
  if (unit === 'bytes' && value % mib === 0) return `${value / mib} MiB`
  if (unit === 'bytes' && value % kib === 0) return `${value / kib} KiB`
  return value.toLocaleString('en-US')
}

describe('docs/bounds.md', () => {
  it('has every bound of a call as the code has it, and no other', () => {
    const defined = Object.values(BOUNDS).map(({ name, unit, countedBy, ...bound }) => [
      `\`${name}\``,
      unit,
      amount(bound.default, unit),
      amount(bound.most, unit),
      countedBy,
    ])
    expect(rows('Of one call')).toEqual(defined)
  })

  it('has every bound of a component as the code has it, and no other', () => {
    const defined = Object.entries(COMPONENT_LIMITS).map(([name, value]) => [
      `\`${name}\``,
      amount(value, name.endsWith('_BYTES') ? 'bytes' : ''),
    ])
    const told = rows('Of a component, when it is loaded').map(([name, is]) => [name, is])
    expect(told).toEqual(defined)
  })

  it('names files that are there', () => {
    const files = [...document.matchAll(/`(?:src\/)?([a-z0-9/-]+\.ts)`/g)].map(([, file]) => file)
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) expect(existsSync(`src/${file}`), file).toBe(true)
  })
})

describe('BOUNDS', () => {
  it('has a name for each, and room between the default and the most', () => {
    const bounds = Object.values(BOUNDS)
    expect(new Set(bounds.map(({ name }) => name)).size).toBe(bounds.length)
    for (const { name, default: usual, most } of bounds) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(most).toBeGreaterThanOrEqual(usual)
    }
  })

  it('reads for a person by name, with its unit', () => {
    const read = named(CALL_LIMITS)
    expect(Object.keys(read)).toEqual(Object.values(BOUNDS).map(({ name }) => name))
    expect(read['wall-clock']).toEqual({ limit: 30_000, unit: 'milliseconds' })
  })
})
