// docs/threats.md and test/escape/ say the same: no attack without its row, no row without its attack.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const FOLDERS = ['test/escape', 'test/escape/workerd']
const RISKS = /^MCP(0[1-9]|10)(, MCP(0[1-9]|10))*$/
const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => ({ attack: name.replace('.test.ts', ''), path: `${folder}/${name}` })),
)
const document = readFileSync('docs/threats.md', 'utf8')
const rows = document
  .slice(document.indexOf('\n## '))
  .split('\n')
  .map((line) => /^\| ([a-z0-9-]+) +\| (.+?) +\| (.+?) +\|$/.exec(line))
  .filter((row) => row !== null && row[1] !== 'attack')
  .map((row) => ({ attack: row?.[1], risks: row?.[2] ?? '', by: row?.[3] ?? '' }))

describe('docs/threats.md', () => {
  it('has one row for each attack and one attack for each row', () => {
    const named = rows.map(({ attack }) => attack).toSorted()
    expect(named).toEqual(files.map(({ attack }) => attack).toSorted())
    expect(new Set(named).size).toBe(named.length)
    expect(named.length).toBeGreaterThan(40)
  })

  it.each(rows)('names risks that it lists, and files that are there: $attack', ({ risks, by }) => {
    expect(risks).toMatch(RISKS)
    for (const risk of risks.split(', ')) expect(document).toContain(`| ${risk} `)
    for (const [, file = ''] of by.matchAll(/`([a-z0-9/-]+\.ts|[a-z/]+\/)`/g)) {
      const folder = /`(sandbox\/wasi)\//.exec(by)?.[1] ?? ''
      const places = [`src/${file}`, file, `src/${folder}/${file}`]
      expect(places.some(existsSync), file).toBe(true)
    }
  })
})

describe('an attack', () => {
  it.each(files)('tells its story first: $path', ({ path }) => {
    expect(readFileSync(path, 'utf8')).toMatch(/^\/\/ [^\n]{60,}\n/)
  })
})
