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
import { readDocs } from '../component/docs.ts'
import { COMPONENT_LIMITS } from '../component/limits.ts'
import { renamedImports, suspendingImports, unlinkable } from '../component/linkable.ts'
import { checkNames } from '../component/names.ts'
import { generatedName } from '../component/reserved.ts'
import { stripCustomSections } from '../component/strip.ts'
import { surfaced } from '../component/surface.ts'
import { describeTools } from '../component/tools.ts'
import type { ComponentModel } from '../component/wit.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ArtifactModule, Compiled, CompileFault } from './artifact.ts'
import { corrected } from './canonical.ts'
import { toGlue } from './glue.ts'
import { createWasiStub } from './wasi-stub.ts'

/** A message between isolates holds 32 MiB; the tools have to fit beside the modules. */
const MAX_ANSWER_BYTES = 30 * 1024 * 1024

export default class Compiler extends WorkerEntrypoint {
  async compile(
    stream: ReadableStream<Uint8Array>,
    length: number,
  ): Promise<Result<Compiled, CompileFault>> {
    const bytes = await collect(stream, length)
    const model = decodeComponent(bytes)
    if (!model.ok) return model
    const names = checkNames(bytes)
    if (!names.ok) return names
    const missing = unlinkable(model.value)
    if (missing.length > 0) return err({ reason: 'unlinkable', imports: missing })
    const { tools, skipped } = describeTools(model.value, readDocs(bytes))
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
    return ok({ tools, skipped, imports, modules: modules.value })
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
      const glue = source.ok ? toGlue(source.value) : source
      if (!glue.ok) return err({ reason: 'not-transpilable', detail: glue.error })
      modules.push({ name, js: glue.value.source })
      for (const [inlined, wasm] of glue.value.inlined) modules.push({ name: inlined, wasm })
    } else if (/^component\.core\d*\.wasm$/.test(name)) {
      modules.push({ name, wasm: content })
    } else {
      return err({ reason: 'not-transpilable', detail: `an unexpected file ${name}` })
    }
  }
  for (const module of modules) {
    if ('wasm' in module && !WebAssembly.validate(module.wasm as BufferSource)) {
      return err({ reason: 'not-transpilable', detail: `core module ${module.name} is not valid` })
    }
  }
  return ok(modules)
}

/** Every export but constructors and static functions: jco cannot write those as async. */
function suspendable(model: ComponentModel): string[] {
  return model.exports
    .filter((f) => !f.name.startsWith('[constructor]') && !f.name.startsWith('[static]'))
    .map(({ interface: of, name }) =>
      of === null ? generatedName(name) : `${generatedName(of)}#${name}`,
    )
}
