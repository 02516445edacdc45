// Loads a component for a person: from a catalogue name, an https URL or an upload. Checked, compiled and
// stored before any row names it; whatever fails on the way leaves nothing behind that can be called.

import type { Account, Loaded } from './account/account.ts'
import type { Upstreams } from './capabilities/upstreams.ts'
import { download } from './download.ts'
import type { DownloadFault } from './download.ts'
import type { CompileFault } from './compiler/artifact.ts'
import type { Compile } from './compiler/compile.ts'
import { COMPILER_VERSION } from './compiler/compile.ts'
import type { Digest } from './component/digest.ts'
import { digestOf, parseDigest } from './component/digest.ts'
import { COMPONENT_LIMITS } from './component/limits.ts'
import type { Result } from './policy/result.ts'
import { err, ok } from './policy/result.ts'
import type { Artifacts } from './store/artifacts.ts'
import type { Catalogue } from './store/catalogue.ts'
import { CATALOGUE_NAME } from './store/catalogue.ts'

export type LoadFault =
  | { readonly reason: 'bad-reference'; readonly why: ReferenceFault }
  | { readonly reason: 'not-in-catalogue' }
  | { readonly reason: 'digest-mismatch'; readonly found: Digest }
  | { readonly reason: 'too-many-components' }
  | DownloadFault
  | CompileFault

export type ReferenceFault =
  | 'http'
  | 'file'
  | 'oci'
  | 'scheme'
  | 'url'
  | 'userinfo'
  | 'digest'
  | 'name'

/** Where a component comes from. `source` is its identity: grants are bound to it. */
export type Reference =
  | { readonly kind: 'catalogue'; readonly name: string }
  | { readonly kind: 'https'; readonly url: URL; readonly digest: Digest | null }

export interface LoadDeps {
  readonly account: Pick<Account, 'install'>
  readonly catalogue: Catalogue
  readonly artifacts: Artifacts
  readonly compile: Compile
  readonly upstreams: Upstreams
  readonly ownHosts: readonly string[]
  readonly reserved: readonly string[]
  readonly now: () => number
}

export function parseReference(text: string): Result<Reference, ReferenceFault> {
  if (CATALOGUE_NAME.test(text)) return ok({ kind: 'catalogue', name: text })
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return err('name')
  if (scheme === 'http' || scheme === 'file' || scheme === 'oci') return err(scheme)
  if (scheme !== 'https') return err('scheme')
  if (!URL.canParse(text)) return err('url')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return err('userinfo')
  if (url.hash === '') return ok({ kind: 'https', url, digest: null })
  const stated = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1]
  const digest = stated === undefined ? null : parseDigest(`sha256:${stated}`)
  if (digest === null) return err('digest')
  url.hash = ''
  return ok({ kind: 'https', url, digest })
}

export async function loadReference(
  text: string,
  deps: LoadDeps,
): Promise<Result<Loaded, LoadFault>> {
  const reference = parseReference(text)
  if (!reference.ok) return err({ reason: 'bad-reference', why: reference.error })
  if (reference.value.kind === 'catalogue') return await fromCatalogue(reference.value.name, deps)
  const { url, digest } = reference.value
  const bytes = await download(url, deps)
  if (!bytes.ok) return bytes
  const found = await digestOf(bytes.value)
  if (digest !== null && digest !== found) return err({ reason: 'digest-mismatch', found })
  return await loadBytes(bytes.value, found, url.href, nameOf(url.pathname), deps)
}

async function fromCatalogue(name: string, deps: LoadDeps): Promise<Result<Loaded, LoadFault>> {
  const entry = await deps.catalogue.find(name)
  const bytes = entry === null ? null : await deps.artifacts.component(entry.digest)
  if (entry === null || bytes === null) return err({ reason: 'not-in-catalogue' })
  return await loadBytes(bytes, entry.digest, `catalogue:${name}`, name, deps)
}

/** `source` names an upload `upload:<name>`. */
export async function loadUpload(
  name: string,
  bytes: Uint8Array,
  deps: LoadDeps,
): Promise<Result<Loaded, LoadFault>> {
  return await loadBytes(bytes, await digestOf(bytes), `upload:${name}`, name, deps)
}

async function loadBytes(
  bytes: Uint8Array,
  digest: Digest,
  source: string,
  wish: string,
  deps: LoadDeps,
): Promise<Result<Loaded, LoadFault>> {
  if (bytes.byteLength > COMPONENT_LIMITS.MAX_COMPONENT_BYTES)
    return err({ reason: 'file-too-large' })
  const compiled = await deps.compile(bytes)
  if (!compiled.ok) return compiled
  await deps.artifacts.putComponent(digest, bytes)
  const artifact = await deps.artifacts.putCompiled(COMPILER_VERSION, digest, compiled.value)
  const { imports, skipped, tools } = compiled.value
  const installed = await deps.account.install(
    {
      wish,
      source,
      digest,
      bytes: bytes.byteLength,
      compiler: COMPILER_VERSION,
      artifact,
      imports: [...imports],
      skipped: [...skipped],
      loaded_at: deps.now(),
    },
    tools,
    deps.reserved,
  )
  return installed.ok ? installed : err({ reason: installed.error })
}

/** The last segment of the path as a component's name: `/x/My_Tool.wasm` is `my-tool`. */
function nameOf(path: string): string {
  const last = path.split('/').at(-1) ?? ''
  const slug = last
    .replace(/\.wasm$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return slug.slice(0, 64).replace(/-+$/, '') || 'component'
}

/** Checks a component and offers it to everyone under a name. Only the host's route holds this. */
export async function publish(
  name: string,
  about: { readonly description: string; readonly policy: string | null },
  bytes: Uint8Array,
  deps: Pick<LoadDeps, 'artifacts' | 'catalogue' | 'compile' | 'now'>,
): Promise<Result<Digest, LoadFault>> {
  const compiled = await deps.compile(bytes)
  if (!compiled.ok) return compiled
  const digest = await digestOf(bytes)
  await deps.artifacts.putComponent(digest, bytes)
  await deps.artifacts.putCompiled(COMPILER_VERSION, digest, compiled.value)
  const published_at = deps.now()
  await deps.catalogue.publish({ name, ...about, digest, bytes: bytes.byteLength, published_at })
  return ok(digest)
}

/** Compiles a loaded component again, from its stored bytes: the compiler has changed since. */
export async function reload(
  install: { readonly source: string; readonly digest: Digest; readonly component: string },
  deps: LoadDeps,
): Promise<Result<Loaded, LoadFault>> {
  const bytes = await deps.artifacts.component(install.digest)
  if (bytes === null) return err({ reason: 'not-in-catalogue' })
  return await loadBytes(bytes, install.digest, install.source, install.component, deps)
}
