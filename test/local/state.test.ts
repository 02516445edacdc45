import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { loadSecrets } from '../../local/secrets.ts'
import { createState, emptyState, REPOSITORY, stateDirectory } from '../../local/state.ts'
import { createTemporaryState } from './support/temporary-state.ts'

const removals: (() => void)[] = []
afterEach(() => removals.splice(0).forEach((remove) => remove()))

function temporaryState() {
  const { state, remove } = createTemporaryState()
  removals.push(remove)
  return state
}

describe('the state directory', () => {
  it('is .local in the repository unless the environment says otherwise', () => {
    expect(stateDirectory({}).root).toBe(path.join(REPOSITORY, '.local'))
    expect(stateDirectory({ WASSETTE_EDGE_STATE: '/elsewhere' }).root).toBe('/elsewhere')
  })

  it('is for its owner alone, also when it was there before', () => {
    const state = temporaryState()
    mkdirSync(state.root, { mode: 0o755 })
    createState(state)
    expect(statSync(state.root).mode & 0o777).toBe(0o700)
  })

  it('loses what is ours and keeps what is not when it is emptied', () => {
    const state = temporaryState()
    loadSecrets(state)
    mkdirSync(path.join(state.worker, 'v3'), { recursive: true })
    writeFileSync(path.join(state.root, 'thesis.txt'), 'mine')
    emptyState(state)
    expect(readdirSync(state.root)).toEqual(['thesis.txt'])
  })
})

describe('loadSecrets', () => {
  it('makes them once and reads them back', () => {
    const state = temporaryState()
    const made = loadSecrets(state)
    expect(loadSecrets(state)).toEqual(made)
    expect(made.clientSecret).not.toBe(made.cookieKey)
  })

  it('writes a file for its owner alone, and leaves no draft behind', () => {
    const state = temporaryState()
    loadSecrets(state)
    expect(statSync(state.secrets).mode & 0o777).toBe(0o600)
    expect(readdirSync(state.root)).toEqual(['secrets.json'])
  })

  it('does not replace secrets it cannot read', () => {
    const state = temporaryState()
    loadSecrets(state)
    writeFileSync(state.secrets, '{"clientSecret":')
    expect(() => loadSecrets(state)).toThrow('npm run reset')
    expect(readFileSync(state.secrets, 'utf8')).toBe('{"clientSecret":')
  })
})
