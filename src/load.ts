// Loads a component for a person: from a catalogue name, an https URL or an upload. Checked, compiled and
// stored before any row names it; whatever fails on the way leaves nothing behind that can be called.
// One of the catalogue is compiled once for all; others for each who loads them, however well known the bytes are.

import type { Account } from './account/account.ts'
import type { InstallFault, Loaded } from './account/components.ts'
import type { Upstreams } from './capabilities/upstreams.ts'
import { download } from './download.ts'
import type { DownloadFault } from './download.ts'
import type { Compiled, CompileFault } from './compiler/artifact.ts'
import type { Compile } from './compiler/compile.ts'
import { COMPILER_VERSION } from './compiler/compile.ts'
import { storeOwnIcon } from './icons.ts'
import type { Digest } from './component/digest.ts'
import { digestOf, parseDigest } from './component/digest.ts'
import { COMPONENT_LIMITS } from './component/limits.ts'
import type { Described } from './component/wit-docs.ts'
import type { WitFault } from './component/wit-parser.ts'
import type { Result } from './policy/result.ts'
import { err, ok } from './policy/result.ts'
import type { Icon } from './store/icons.ts'
import type { Artifacts } from './store/artifacts.ts'
import type { Catalogue, CatalogueEntry } from './store/catalogue.ts'
import { CATALOGUE_NAME } from './store/catalogue.ts'
import type { Install } from './store/installs.ts'
import type { Outline, Outlines } from './store/outlines.ts'

export type LoadFault =
  | { readonly reason: 'bad-reference'; readonly why: ReferenceFault }
  | { readonly reason: 'not-in-catalogue' }
  | { readonly reason: 'digest-mismatch'; readonly found: Digest }
  | { readonly reason: InstallFault }
  | TooManyCompiles
  | DownloadFault
  | CompileFault

interface TooManyCompiles {
  readonly reason: 'too-many-compiles'
}

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
  readonly account: Pick<Account, 'components' | 'install'>
  readonly catalogue: Catalogue
  readonly artifacts: Artifacts
  readonly outlines: Outlines
  readonly compile: CompileForPerson
  readonly upstreams: Upstreams
  readonly ownHosts: readonly string[]
  readonly reserved: readonly string[]
  readonly now: () => number
}

type CompileForPerson = (
  ...args: Parameters<Compile>
) => Promise<Result<Compiled, CompileFault | TooManyCompiles>>

/** A few at once: the compiler is everybody's. */
export function fewAtOnce(
  account: Pick<Account, 'beginCompile' | 'endCompile'>,
  compile: Compile,
): CompileForPerson {
  return async (...args) => {
    const id = crypto.randomUUID()
    if (!(await account.beginCompile(id))) return err({ reason: 'too-many-compiles' })
    try {
      return await compile(...args)
    } finally {
      // Its place frees itself in a while: what was compiled is not lost for that.
      await account.endCompile(id).catch(() => {})
    }
  }
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
  const wish = nameOf(url.pathname)
  return await loadBytes(bytes.value, { digest: found, source: url.href, wish }, deps)
}

async function fromCatalogue(name: string, deps: LoadDeps): Promise<Result<Loaded, LoadFault>> {
  const entry = await deps.catalogue.find(name)
  if (entry === null) return err({ reason: 'not-in-catalogue' })
  const { digest, wit, icon } = entry
  const candidate = { digest, source: `catalogue:${name}`, wish: name, icon, length: entry.bytes }
  const text = wit ?? (await textBefore(candidate, deps))
  const key = { digest, wit: text, compiler: COMPILER_VERSION }
  // A text that only this person has given is theirs, and what comes of it as well.
  const known = text === wit ? await deps.outlines.find(key) : null
  if (known !== null && (await deps.artifacts.isCompiled(key.compiler, digest, known.artifact)))
    return await install(candidate, known, text, null, deps)
  const bytes = await deps.artifacts.component(digest)
  if (bytes === null) return err({ reason: 'not-in-catalogue' })
  const compiled = await compileWith(bytes, text, deps)
  if (!compiled.ok) return compiled
  const outline = await store(digest, bytes, compiled.value, deps)
  if (text === wit) await deps.outlines.put(key, outline)
  return await install(candidate, outline, text, null, deps)
}

/** `source` names an upload `upload:<name>`. */
export async function loadUpload(
  name: string,
  bytes: Uint8Array,
  deps: LoadDeps,
): Promise<Result<Loaded, LoadFault>> {
  const digest = await digestOf(bytes)
  return await loadBytes(bytes, { digest, source: `upload:${name}`, wish: name }, deps)
}

interface Candidate {
  readonly digest: Digest
  readonly source: string
  readonly wish: string
  /** Bytes. */
  readonly length: number
  /** What stands for it before its own: the host's. */
  readonly icon?: Icon | null
}

async function loadBytes(
  bytes: Uint8Array,
  about: Omit<Candidate, 'length'>,
  deps: LoadDeps,
): Promise<Result<Loaded, LoadFault>> {
  const candidate = { ...about, length: bytes.byteLength }
  if (candidate.length > COMPONENT_LIMITS.MAX_COMPONENT_BYTES)
    return err({ reason: 'file-too-large' })
  const text = await textBefore(candidate, deps)
  const compiled = await compileWith(bytes, text, deps)
  if (!compiled.ok) return compiled
  const outline = await store(candidate.digest, bytes, compiled.value, deps)
  return await install(candidate, outline, text, null, deps)
}

/** The WIT text that these bytes have already, if this person has loaded them: it stays. */
async function textBefore(
  { source, digest }: Candidate,
  { account }: Pick<LoadDeps, 'account'>,
): Promise<Digest | null> {
  const loaded = (await account.components()).map(({ install }) => install)
  return loaded.find((one) => one.source === source && one.digest === digest)?.wit ?? null
}

/** `wit` is stored already. */
async function compileWith(
  bytes: Uint8Array,
  wit: Digest | null,
  { artifacts, compile }: Pick<LoadDeps, 'artifacts' | 'compile'>,
): Promise<Result<Compiled, CompileFault | TooManyCompiles>> {
  return await compile(bytes, wit === null ? null : await artifacts.wit(wit))
}

/** What of it is not stored yet. Everything is named by its digest, so that nothing is replaced. */
async function store(
  digest: Digest,
  bytes: Uint8Array,
  compiled: Compiled,
  { artifacts }: Pick<LoadDeps, 'artifacts'>,
): Promise<Outline> {
  await artifacts.putComponent(digest, bytes)
  const artifact = await artifacts.putCompiled(COMPILER_VERSION, digest, compiled)
  const icon = await storeOwnIcon(compiled, { artifacts })
  const { tools, skipped, imports, labels } = compiled
  return { artifact, tools, skipped: [...skipped], imports: [...imports], labels, icon }
}

async function install(
  { digest, source, wish, length, icon = null }: Candidate,
  outline: Outline,
  wit: Digest | null,
  replaced: Install | null,
  deps: LoadDeps,
): Promise<Result<Loaded, LoadFault>> {
  const { artifact, imports, labels, skipped, tools } = outline
  // The same bytes once more keep what they came with.
  const brought = replaced === null ? { icon: icon ?? outline.icon } : {}
  const installed = await deps.account.install(
    {
      wish,
      source,
      digest,
      wit,
      bytes: length,
      compiler: COMPILER_VERSION,
      artifact,
      imports: [...imports],
      labels: [...labels],
      skipped: [...skipped],
      ...brought,
      loaded_at: replaced?.loaded_at ?? deps.now(),
    },
    tools,
    deps.reserved,
    replaced,
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

type PublishDeps = Pick<LoadDeps, 'artifacts' | 'catalogue' | 'compile' | 'now' | 'outlines'>

/** Checks a component and offers it to everyone under a name. Only the host's route holds this. */
export async function publish(
  name: string,
  about: { readonly description: string; readonly policy: string | null },
  bytes: Uint8Array,
  deps: PublishDeps,
): Promise<Result<Digest, LoadFault>> {
  const compiled = await deps.compile(bytes)
  if (!compiled.ok) return compiled
  const digest = await digestOf(bytes)
  const outline = await store(digest, bytes, compiled.value, deps)
  await deps.outlines.put({ digest, wit: null, compiler: COMPILER_VERSION }, outline)
  const published_at = deps.now()
  await deps.catalogue.publish({ name, ...about, digest, bytes: bytes.byteLength, published_at })
  return ok(digest)
}

/** Compiles a loaded component again, from its stored bytes: the compiler has changed since. */
export async function reload(loaded: Install, deps: LoadDeps): Promise<Result<Loaded, LoadFault>> {
  const { source, digest, component, wit } = loaded
  const bytes = await deps.artifacts.component(digest)
  if (bytes === null) return err({ reason: 'not-in-catalogue' })
  const compiled = await compileWith(bytes, wit, deps)
  if (!compiled.ok) return compiled
  const candidate = { digest, source, wish: component, length: bytes.byteLength }
  const outline = await store(digest, bytes, compiled.value, deps)
  return await install(candidate, outline, wit, loaded, deps)
}

export type DescribeFault =
  | { readonly reason: 'wit-too-large' }
  | { readonly reason: 'wit-matches-nothing' }
  | WitFault
  | LoadFault

/** Describes the tools of a loaded component by a WIT text. Nothing else of it changes. */
export async function describe(
  loaded: Install,
  text: Uint8Array,
  deps: LoadDeps,
): Promise<Result<Loaded & { readonly described: Described }, DescribeFault>> {
  const { source, digest, component } = loaded
  const bytes = await deps.artifacts.component(digest)
  if (bytes === null) throw new Error('the bytes of a loaded component are missing')
  const compiled = await compileDescribed(bytes, text, deps)
  if (!compiled.ok) return compiled
  const wit = await storeWit(text, deps)
  const candidate = { digest, source, wish: component, length: bytes.byteLength }
  const outline = await store(digest, bytes, compiled.value, deps)
  const installed = await install(candidate, outline, wit, loaded, deps)
  if (!installed.ok) return installed
  return ok({ ...installed.value, described: compiled.value.described })
}

/** The same for whoever loads this entry of the catalogue from now on. Only the host's route holds this. */
export async function describeEntry(
  { name, digest }: CatalogueEntry,
  text: Uint8Array,
  deps: PublishDeps,
): Promise<Result<Described, DescribeFault>> {
  const bytes = await deps.artifacts.component(digest)
  if (bytes === null) return err({ reason: 'not-in-catalogue' })
  const compiled = await compileDescribed(bytes, text, deps)
  if (!compiled.ok) return compiled
  const wit = await storeWit(text, deps)
  const outline = await store(digest, bytes, compiled.value, deps)
  await deps.outlines.put({ digest, wit, compiler: COMPILER_VERSION }, outline)
  const done = await deps.catalogue.describe(name, digest, wit)
  return done ? ok(compiled.value.described) : err({ reason: 'component-changed' })
}

/** Refuses a text that cannot be read, or says nothing of this component. */
async function compileDescribed(
  bytes: Uint8Array,
  text: Uint8Array,
  { compile }: Pick<LoadDeps, 'compile'>,
): Promise<Result<Compiled & { readonly described: Described }, DescribeFault>> {
  if (text.byteLength > COMPONENT_LIMITS.MAX_WIT_BYTES) return err({ reason: 'wit-too-large' })
  const compiled = await compile(bytes, text)
  if (!compiled.ok) return compiled
  const { wit } = compiled.value
  if (wit === null) throw new Error('the compiler passed over the WIT text')
  if (!wit.ok) return wit
  const { functions, parameters, types } = wit.value
  if (functions + parameters + types === 0) return err({ reason: 'wit-matches-nothing' })
  return ok({ ...compiled.value, described: wit.value })
}

async function storeWit(text: Uint8Array, { artifacts }: Pick<LoadDeps, 'artifacts'>) {
  const digest = await digestOf(text)
  await artifacts.putWit(digest, text)
  return digest
}
