// Components and their compiled forms in R2. Everything is immutable and named by digest; the manifest is
// written last, and what is read back is checked against it.

import type { ArtifactModule, Compiled } from '../compiler/artifact.ts'
import { Manifest } from '../compiler/artifact.ts'
import type { Digest } from '../component/digest.ts'
import { digestOf, hexOf } from '../component/digest.ts'
import { pacedBody } from './paced-body.ts'

/** A stored artifact is not what its name says: a fault of the store, never of a person. */
export class ArtifactDamaged extends Error {
  readonly code = 'artifact-damaged'
  constructor(key: string) {
    super(`the stored object ${key} is missing or not what its digest says`)
  }
}

/** What a store may take at one go. */
const SMALL_BYTES = 128 * 1024

const componentKey = (digest: Digest): string => `components/sha256/${hexOf(digest)}.wasm`
const iconKey = (hex: string): string => `icons/sha256/${hex}`
const witKey = (digest: Digest): string => `wit/sha256/${hexOf(digest)}.wit`
const artifactKey = (compiler: string, digest: Digest, name: string): string =>
  `compiled/${compiler}/${hexOf(digest)}/${name}`

export class Artifacts {
  readonly #bucket: R2Bucket

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket
  }

  /** `null` when no such component was ever stored. */
  async component(digest: Digest): Promise<Uint8Array | null> {
    const object = await this.#bucket.get(componentKey(digest))
    if (object === null) return null
    const bytes = new Uint8Array(await object.arrayBuffer())
    if ((await digestOf(bytes)) !== digest) throw new ArtifactDamaged(componentKey(digest))
    return bytes
  }

  async putComponent(digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#create(componentKey(digest), bytes, hexOf(digest))
  }

  /** The text that a row names. */
  async wit(digest: Digest): Promise<Uint8Array> {
    const object = await this.#bucket.get(witKey(digest))
    const bytes = object === null ? null : new Uint8Array(await object.arrayBuffer())
    if (bytes === null || (await digestOf(bytes)) !== digest)
      throw new ArtifactDamaged(witKey(digest))
    return bytes
  }

  async putWit(digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#create(witKey(digest), bytes, hexOf(digest))
  }

  /** By the 64 hex digits of its digest; `null` when no such picture was ever stored. */
  async icon(hex: string): Promise<Uint8Array | null> {
    const object = await this.#bucket.get(iconKey(hex))
    if (object === null) return null
    const bytes = new Uint8Array(await object.arrayBuffer())
    if (hexOf(await digestOf(bytes)) !== hex) throw new ArtifactDamaged(iconKey(hex))
    return bytes
  }

  async putIcon(digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#create(iconKey(hexOf(digest)), bytes, hexOf(digest))
  }

  /** Answers with the artifact's digest: that of its manifest, which names every module's. */
  async putCompiled(compiler: string, digest: Digest, compiled: Compiled): Promise<Digest> {
    const modules: Manifest['modules'] = []
    for (const module of compiled.modules) {
      const content = 'js' in module ? new TextEncoder().encode(module.js) : module.wasm
      const sha256 = hexOf(await digestOf(content))
      await this.#create(artifactKey(compiler, digest, module.name), content, sha256)
      const kind = 'js' in module ? 'js' : 'wasm'
      modules.push({ name: module.name, kind, sha256, bytes: content.byteLength })
    }
    const manifest: Manifest = { digest, compiler, modules, imports: [...compiled.imports] }
    const text = JSON.stringify(manifest)
    const artifact = await digestOf(text)
    const key = artifactKey(compiler, digest, 'manifest.json')
    await this.#create(key, new TextEncoder().encode(text), hexOf(artifact))
    return artifact
  }

  /** Its manifest is there, which is written last. */
  async isCompiled(compiler: string, digest: Digest, artifact: Digest): Promise<boolean> {
    const manifest = await this.#bucket.head(artifactKey(compiler, digest, 'manifest.json'))
    const sha256 = manifest?.checksums.sha256
    return sha256 !== undefined && new Uint8Array(sha256).toHex() === hexOf(artifact)
  }

  /** Every module of an artifact, each checked against the manifest, the manifest against `artifact`. */
  async modules(compiler: string, digest: Digest, artifact: Digest): Promise<ArtifactModule[]> {
    const key = artifactKey(compiler, digest, 'manifest.json')
    const text = await (await this.#bucket.get(key))?.text()
    if (text === undefined || (await digestOf(text)) !== artifact) throw new ArtifactDamaged(key)
    const manifest = Manifest.parse(JSON.parse(text))
    return await Promise.all(
      manifest.modules.map(async ({ name, kind, sha256 }): Promise<ArtifactModule> => {
        const moduleKey = artifactKey(compiler, digest, name)
        const object = await this.#bucket.get(moduleKey)
        if (object === null) throw new ArtifactDamaged(moduleKey)
        const content = new Uint8Array(await object.arrayBuffer())
        if (hexOf(await digestOf(content)) !== sha256) throw new ArtifactDamaged(moduleKey)
        return kind === 'js'
          ? { name, js: new TextDecoder().decode(content) }
          : { name, wasm: content }
      }),
    )
  }

  /** Create-only: an existing object of that name is the same object. */
  async #create(key: string, content: Uint8Array, sha256: string): Promise<void> {
    const body = content.byteLength > SMALL_BYTES ? pacedBody(content) : content
    await this.#bucket.put(key, body, { sha256, onlyIf: { etagDoesNotMatch: '*' } })
  }
}
