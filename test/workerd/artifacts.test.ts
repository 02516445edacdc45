import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Compiled } from '../../src/compiler/artifact.ts'
import { digestOf } from '../../src/component/digest.ts'
import { ArtifactDamaged, Artifacts } from '../../src/store/artifacts.ts'

const compiled: Compiled = {
  tools: [],
  skipped: [],
  imports: [],
  labels: [],
  wit: null,
  modules: [
    { name: 'component.js', js: 'export {}' },
    { name: 'component.core.wasm', wasm: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) },
  ],
}
const bytes = Uint8Array.of(1, 2, 3)
const artifacts = new Artifacts(env.STORE)

describe('Artifacts', () => {
  it('gives back what was put', async () => {
    const digest = await digestOf(bytes)
    await artifacts.putComponent(digest, bytes)
    expect(await artifacts.component(digest)).toEqual(bytes)
    const artifact = await artifacts.putCompiled('v1', digest, compiled)
    expect(await artifacts.modules('v1', digest, artifact)).toEqual(compiled.modules)
    expect(await artifacts.putCompiled('v1', digest, compiled)).toBe(artifact)
  })

  it('gives back a WIT text, and none that was changed or never stored', async () => {
    const digest = await digestOf(bytes)
    await artifacts.putWit(digest, bytes)
    await artifacts.putWit(digest, bytes)
    expect(await artifacts.wit(digest)).toEqual(bytes)
    await env.STORE.put(`wit/sha256/${digest.slice('sha256:'.length)}.wit`, 'world w {}')
    await expect(artifacts.wit(digest)).rejects.toThrow(ArtifactDamaged)
    await expect(artifacts.wit(await digestOf('nothing'))).rejects.toThrow(ArtifactDamaged)
  })

  it('answers null for a component that was never stored', async () => {
    expect(await artifacts.component(await digestOf('nothing'))).toBeNull()
  })

  it.each([
    ['a module was changed', 'component.js', 'export const evil = 1'],
    [
      'the manifest was changed',
      'manifest.json',
      '{"digest":"","compiler":"","imports":[],"modules":[]}',
    ],
  ])('loads nothing when %s', async (what, name, content) => {
    const digest = await digestOf(what)
    const artifact = await artifacts.putCompiled('v1', digest, compiled)
    await env.STORE.put(`compiled/v1/${digest.slice(7)}/${name}`, content)
    await expect(artifacts.modules('v1', digest, artifact)).rejects.toThrow(ArtifactDamaged)
  })

  it('loads nothing when a module is missing', async () => {
    const digest = await digestOf('missing')
    const artifact = await artifacts.putCompiled('v1', digest, compiled)
    await env.STORE.delete(`compiled/v1/${digest.slice(7)}/component.js`)
    await expect(artifacts.modules('v1', digest, artifact)).rejects.toThrow(ArtifactDamaged)
  })

  it('does not give out bytes that are not what the digest says', async () => {
    const digest = await digestOf('claimed')
    await env.STORE.put(`components/sha256/${digest.slice(7)}.wasm`, bytes)
    await expect(artifacts.component(digest)).rejects.toThrow(ArtifactDamaged)
  })
})
