// Inside the compiler isolate: hostile bytes in, a checked and transpiled component out. It has no
// bindings and no network. Nothing in here holds the thread for long: each pass is bounded by the limits of
// `component/`, the two long ones are cut into steps, and others of the process run in between.

import { WorkerEntrypoint } from 'cloudflare:workers'
import { attemptPaced } from '../component/binary.ts'
import { boundCoreModules } from '../component/bound.ts'
import { decodeComponent } from '../component/decode.ts'
import { readIcon } from '../component/icon-section.ts'
import { readLabels } from '../component/labels.ts'
import { NO_DOCS, readDocs, withFallback } from '../component/docs.ts'
import { COMPONENT_LIMITS } from '../component/limits.ts'
import { unlinkable } from '../component/linkable.ts'
import { codeBudget, meterSteps } from '../component/meter.ts'
import { checkNames } from '../component/names.ts'
import { pause } from '../component/pause.ts'
import { pacedSteps } from '../component/steps.ts'
import { stripCustomSections } from '../component/strip.ts'
import { surfaced } from '../component/surface.ts'
import { describeTools } from '../component/tools.ts'
import { Turns } from '../component/turns.ts'
import { readWitDocs, tallied } from '../component/wit-docs.ts'
import type { ComponentModel } from '../component/wit.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ArtifactModule, Compiled, CompileFault } from './artifact.ts'
import { LATE } from './artifact.ts'
import { corrected } from './canonical.ts'
import { toGlue } from './glue.ts'
import { generateOptions, memberCounts } from './options.ts'
import type { GeneratedFiles } from './transpiler.ts'
import { transpile } from './transpiler.ts'

const TOO_LARGE = { reason: 'too-large', detail: 'the modules that it becomes' } as const

/** What comes from another isolate of the process comes without waiting for anything. */
const BYTES_BETWEEN_PAUSES = 1024 * 1024

/** Compiles that are under way hold about five times their bytes: together no more than one may have. */
const turns = new Turns(
  COMPONENT_LIMITS.MAX_COMPONENT_BYTES,
  COMPONENT_LIMITS.MAX_COMPILE_MS,
  Date.now,
)

export default class Compiler extends WorkerEntrypoint {
  async compile(
    stream: ReadableStream<Uint8Array>,
    length: number,
    wit: Uint8Array | null,
    ms: number,
  ): Promise<Result<Compiled, CompileFault>> {
    const until = Date.now() + ms
    const isLate = () => Date.now() >= until
    const work = async () => compile(await collect(stream, length), wit, until)
    return (await turns.takeUnless(isLate, length, work)) ?? err(LATE)
  }
}

async function compile(
  bytes: Uint8Array,
  wit: Uint8Array | null,
  until: number,
): Promise<Result<Compiled, CompileFault>> {
  const model = decodeComponent(bytes)
  if (!model.ok) return model
  await pause()
  const names = checkNames(bytes)
  if (!names.ok) return names
  await pause()
  const labels = readLabels(bytes)
  if (!labels.ok) return labels
  const icon = readIcon(bytes)
  if (!icon.ok) return icon
  const missing = unlinkable(model.value)
  if (missing.length > 0) return err({ reason: 'unlinkable', imports: missing })
  const text = wit === null ? null : readWitDocs(wit)
  const { docs, described } = tallied(text?.ok === true ? text.value : NO_DOCS)
  const { tools, skipped } = describeTools(model.value, withFallback(docs, readDocs(bytes)))
  if (tools.length === 0) return err({ reason: 'no-tools', skipped })
  await pause()
  const shaped = await shape(bytes)
  if (!shaped.ok) return shaped
  // Its core modules come out as they are, and larger once metered: what is too much already is not begun.
  if (shaped.value.byteLength > COMPONENT_LIMITS.MAX_ARTIFACT_BYTES) return err(TOO_LARGE)
  const generated = await transpile(shaped.value, generateOptions(model.value), until)
  if (!generated.ok) return generated
  const made = await toModules(generated.value, model.value)
  if (!made.ok) return made
  const modules = await metered(made.value)
  if (!modules.ok) return modules
  if (sizeOf(modules.value) > COMPONENT_LIMITS.MAX_ARTIFACT_BYTES) return err(TOO_LARGE)
  const imports = model.value.imports.map((i) => (i.kind === 'function' ? i.name : i.full))
  const read = text?.ok === true ? ok(described()) : text
  const own = { labels: labels.value, icon: icon.value }
  return ok({ tools, skipped, imports, ...own, modules: modules.value, wit: read })
}

/** Throws when the stream is not as long as was said: that is ours, never the component's. */
async function collect(stream: ReadableStream<Uint8Array>, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let at = 0
  let paused = 0
  for await (const chunk of stream) {
    bytes.set(chunk, at)
    at += chunk.byteLength
    if (at - paused < BYTES_BETWEEN_PAUSES) continue
    paused = at
    await pause()
  }
  if (at !== length) throw new Error(`${at} bytes of ${length} arrived`)
  return bytes
}

/** As bindgen takes it, and bounded. */
async function shape(bytes: Uint8Array): Promise<Result<Uint8Array, CompileFault>> {
  const stripped = stripCustomSections(bytes)
  if (!stripped.ok) return stripped
  await pause()
  const bounded = boundCoreModules(stripped.value, {
    maxMemoryPages: COMPONENT_LIMITS.MAX_MEMORY_PAGES,
    maxTableEntries: COMPONENT_LIMITS.MAX_TABLE_ENTRIES,
  })
  if (!bounded.ok) return bounded
  await pause()
  const shaped = surfaced(bounded.value)
  await pause()
  return shaped
}

function sizeOf(modules: readonly ArtifactModule[]): number {
  return modules.reduce((sum, m) => sum + ('js' in m ? m.js.length : m.wasm.byteLength), 0)
}

async function toModules(
  files: GeneratedFiles,
  model: ComponentModel,
): Promise<Result<ArtifactModule[], CompileFault>> {
  const modules: ArtifactModule[] = []
  for (const [name, content] of files) {
    if (name === 'component.js') {
      if (content.byteLength > COMPONENT_LIMITS.MAX_GLUE_BYTES)
        return err({ reason: 'too-large', detail: 'the JavaScript that it becomes' })
      const source = corrected(new TextDecoder().decode(content))
      await pause()
      const glue = source.ok ? toGlue(source.value, memberCounts(model)) : source
      await pause()
      if (!glue.ok) return err({ reason: 'not-transpilable', detail: glue.error })
      modules.push({ name, js: glue.value.source })
      for (const [inlined, wasm] of glue.value.inlined) modules.push({ name: inlined, wasm })
    } else if (/^component\.core\d*\.wasm$/.test(name)) {
      modules.push({ name, wasm: content })
    } else {
      return err({ reason: 'not-transpilable', detail: `an unexpected file ${name}` })
    }
  }
  return ok(modules)
}

/** jco's own small modules as well: nothing in a guest isolate runs without a meter. */
async function metered(
  modules: readonly ArtifactModule[],
): Promise<Result<ArtifactModule[], CompileFault>> {
  const all: ArtifactModule[] = []
  const weight = codeBudget()
  for (const module of modules) {
    if ('wasm' in module) {
      const wasm = await attemptPaced(() => pacedSteps(meterSteps(module.wasm, weight), pause))
      if (!wasm.ok) return wasm
      await pause()
      if (!WebAssembly.validate(wasm.value as BufferSource)) {
        const detail = `core module ${module.name} is not valid with its meter`
        return err({ reason: 'not-transpilable', detail })
      }
      await pause()
      all.push({ name: module.name, wasm: wasm.value })
    } else {
      all.push(module)
    }
  }
  return ok(all)
}
