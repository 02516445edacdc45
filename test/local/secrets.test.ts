import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSecrets } from '../../local/secrets.ts'
import { stateIn, type StateDirectory } from '../../local/state.ts'

let state: StateDirectory
beforeEach(() => {
  state = stateIn(mkdtempSync(path.join(tmpdir(), 'wassette-edge-secrets-')))
})
afterEach(() => rmSync(state.root, { recursive: true, force: true }))

describe('loadSecrets', () => {
  it('makes them once, for the owner alone', () => {
    const made = loadSecrets(state)
    expect(Buffer.from(made.masterKey, 'base64')).toHaveLength(32)
    expect(statSync(state.secrets).mode & 0o777).toBe(0o600)
    const text = readFileSync(state.secrets, 'utf8')
    expect(loadSecrets(state)).toEqual(made)
    expect(readFileSync(state.secrets, 'utf8')).toBe(text)
  })

  it.each(['masterKey', 'auditKey'] as const)(
    'adds a %s to a state from before there was one, and keeps it',
    (key) => {
      const { [key]: _, ...before } = loadSecrets(state)
      writeFileSync(state.secrets, JSON.stringify(before))
      const after = loadSecrets(state)
      expect(after).toEqual({ ...before, [key]: expect.any(String) })
      expect(loadSecrets(state)).toEqual(after)
    },
  )

  it.each(['{', '[]', '{"masterKey":"x"}'])('makes nothing anew over %j', (text) => {
    writeFileSync(state.secrets, text)
    expect(() => loadSecrets(state)).toThrow('npm run reset')
    expect(readFileSync(state.secrets, 'utf8')).toBe(text)
  })
})
