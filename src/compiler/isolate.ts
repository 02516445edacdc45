// Inside the compiler isolate: hostile bytes in, a checked and transpiled component out. It has no
// bindings and no network; a fresh transpiler serves each compile, because one that panicked stays broken.

import { WorkerEntrypoint } from 'cloudflare:workers'
import { createBindgen } from 'virtual:bindgen'
import core1 from './bindgen.core1.wasm'
import core2 from './bindgen.core2.wasm'
import core3 from './bindgen.core3.wasm'
import core4 from './bindgen.core4.wasm'
import { boundCoreModules } from '../component/bound.ts'
import { decodeComponent } from '../component/decode.ts'
import { NO_DOCS, readDocs, withFallback } from '../component/docs.ts'
import { COMPONENT_LIMITS } from '../component/limits.ts'
import { renamedImports, suspendingImports, unlinkable } from '../component/linkable.ts'
import { meterCoreModule } from '../component/meter.ts'
import { checkNames } from '../component/names.ts'
import { generatedName } from '../component/reserved.ts'
import { stripCustomSections } from '../component/strip.ts'
import { surfaced } from '../component/surface.ts'
import { describeTools } from '../component/tools.ts'
import { readWitDocs, tallied } from '../component/wit-docs.ts'
import type { ComponentModel } from '../component/wit.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ArtifactModule, Compiled, CompileFault } from './artifact.ts'
import { corrected } from './canonical.ts'
import type { MemberCounts } from './glue.ts'
import { toGlue } from './glue.ts'
import { createWasiStub } from './wasi-stub.ts'

/** A message between isolates holds 32 MiB; the tools have to fit beside the modules. */
const MAX_ANSWER_BYTES = 30 * 1024 * 1024

export default class Compiler extends WorkerEntrypoint {
  async compile(
    stream: ReadableStream<Uint8Array>,
    length: number,
    wit: Uint8Array | null,
  ): Promise<Result<Compiled, CompileFault>> {
    const bytes = await collect(stream, length)
    const model = decodeComponent(bytes)
    if (!model.ok) return model
    const names = checkNames(bytes)
    if (!names.ok) return names
    const missing = unlinkable(model.value)
    if (missing.length > 0) return err({ reason: 'unlinkable', imports: missing })
    const text = wit === null ? null : readWitDocs(wit)
    const { docs, described } = tallied(text?.ok === true ? text.value : NO_DOCS)
    const { tools, skipped } = describeTools(model.value, withFallback(docs, readDocs(bytes)))
    if (tools.length === 0) return err({ reason: 'no-tools', skipped })
    const stripped = stripCustomSections(bytes)
    if (!stripped.ok) return stripped
    const bounded = boundCoreModules(stripped.value, {
      maxMemoryPages: COMPONENT_LIMITS.MAX_MEMORY_PAGES,
      maxTableEntries: COMPONENT_LIMITS.MAX_TABLE_ENTRIES,
    })
    if (!bounded.ok) return bounded
    const shaped = surfaced(bounded.value)
    if (!shaped.ok) return shaped
    const modules = await transpile(shaped.value, model.value)
    if (!modules.ok) return modules
    if (sizeOf(modules.value) > MAX_ANSWER_BYTES)
      return err({ reason: 'too-large', detail: 'the modules that it becomes' })
    const imports = model.value.imports.map((i) => (i.kind === 'function' ? i.name : i.full))
    const read = text?.ok === true ? ok(described()) : text
    return ok({ tools, skipped, imports, modules: modules.value, wit: read })
  }
}

/** Throws when the stream is not as long as was said: that is ours, never the component's. */
async function collect(stream: ReadableStream<Uint8Array>, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let at = 0
  for await (const chunk of stream) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  if (at !== length) throw new Error(`${at} bytes of ${length} arrived`)
  return bytes
}

function sizeOf(modules: readonly ArtifactModule[]): number {
  return modules.reduce((sum, m) => sum + ('js' in m ? m.js.length : m.wasm.byteLength), 0)
}

async function transpile(
  bytes: Uint8Array,
  model: ComponentModel,
): Promise<Result<ArtifactModule[], CompileFault>> {
  const { wasi, stderr } = createWasiStub()
  const bindgen = await createBindgen([core1, core2, core3, core4], wasi)
  let files: [string, Uint8Array][]
  try {
    files = bindgen.generate(bytes, {
      name: 'component',
      noTypescript: true,
      instantiation: { tag: 'async' },
      noNodejsCompat: true,
      base64Cutoff: 0,
      map: renamedImports(model),
      noComponentErrorWrapping: true,
      asyncMode: {
        tag: 'jspi',
        val: { imports: suspendingImports(model), exports: suspendable(model) },
      },
      strict: true,
    }).files
  } catch (cause) {
    const said = stderr() || (cause instanceof Error ? cause.message : String(cause))
    return err({ reason: 'not-transpilable', detail: said.slice(0, 400) })
  }
  const modules: ArtifactModule[] = []
  for (const [name, content] of files) {
    if (name === 'component.js') {
      const source = corrected(new TextDecoder().decode(content))
      const glue = source.ok ? toGlue(source.value, memberCounts(model)) : source
      if (!glue.ok) return err({ reason: 'not-transpilable', detail: glue.error })
      modules.push({ name, js: glue.value.source })
      for (const [inlined, wasm] of glue.value.inlined) modules.push({ name: inlined, wasm })
    } else if (/^component\.core\d*\.wasm$/.test(name)) {
      modules.push({ name, wasm: content })
    } else {
      return err({ reason: 'not-transpilable', detail: `an unexpected file ${name}` })
    }
  }
  return metered(modules)
}

/** jco's own small modules as well: nothing in a guest isolate runs without a meter. */
function metered(modules: readonly ArtifactModule[]): Result<ArtifactModule[], CompileFault> {
  const all: ArtifactModule[] = []
  for (const module of modules) {
    if ('wasm' in module) {
      const wasm = meterCoreModule(module.wasm)
      if (!wasm.ok) return wasm
      if (!WebAssembly.validate(wasm.value as BufferSource)) {
        const detail = `core module ${module.name} is not valid with its meter`
        return err({ reason: 'not-transpilable', detail })
      }
      all.push({ name: module.name, wasm: wasm.value })
    } else {
      all.push(module)
    }
  }
  return ok(all)
}

/** Every export: whatever the guest calls may suspend. */
function suspendable(model: ComponentModel): string[] {
  return model.exports.map(({ interface: of, name }) =>
    of === null ? generatedName(name) : `${generatedName(of)}#${name}`,
  )
}

function memberCounts({ exports }: ComponentModel): MemberCounts {
  const count = (kind: string) => exports.filter(({ name }) => name.startsWith(kind)).length
  return { constructors: count('[constructor]'), statics: count('[static]') }
}
