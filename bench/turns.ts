// How long a guest that computes holds its thread, in milliseconds of the processor, which nothing else on the
// machine changes: between two turns of the event loop, by the code of the guest isolate in this process.
// What others wait for is this, and whatever they wait for anyway.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { $init, generate } from '@bytecodealliance/jco-transpile/component'
import { build } from 'esbuild'
import { REPOSITORY } from '../local/state.ts'
import type { GuestCapabilities } from '../src/capabilities/held.ts'
import { toGlue } from '../src/compiler/glue.ts'
import { generateOptions, memberCounts } from '../src/compiler/options.ts'
import { decodeComponent } from '../src/component/decode.ts'
import { meterCoreModule } from '../src/component/meter.ts'
import type { Result } from '../src/policy/result.ts'
import { CALL_LIMITS } from '../src/policy/limits.ts'
import type { GuestCall } from '../src/sandbox/call.ts'
import { guestBounds } from '../src/sandbox/call.ts'
import { composedSpinner, laterSpinner } from '../test/support/later-spinner.ts'
import { quantile } from './client.ts'

/** Of `sandbox/instance.ts`, which is bundled with a component beside it. */
interface Shell {
  readonly Instance: new (
    call: GuestCall,
    capabilities: GuestCapabilities,
  ) => {
    run(
      call: GuestCall,
      capabilities: GuestCapabilities,
      args: readonly unknown[],
      settle: (value: unknown) => unknown,
    ): Promise<unknown>
  }
}

const NOTHING: GuestCapabilities = {
  network: null,
  sockets: null,
  drive: null,
  keyValue: null,
  client: null,
}

export async function measureTurns(): Promise<void> {
  await $init
  console.log('\nmilliseconds for which a guest that computes holds its thread')
  const later = await laterSpinner()
  for (const [what, bytes, path] of [
    ['0.3', later, 'alone'],
    ['0.3, in a callback', later, 'woken'],
    ['0.3, while sleeps end', later, 'besideSleeps'],
    ['0.3, while the host reads', later, 'besideAStream'],
    ['0.3, woken again and again', later, 'countBesideSleeps'],
    ['composed, waited for', await composedSpinner('waits'), 'run'],
    ['composed, only started', await composedSpinner('goes on'), 'run'],
  ] as const) {
    const times = await turnsOf(bytes, path)
    const ms = (q: number) => quantile(times, q).toFixed(1).padStart(7)
    console.log(
      `${what.padEnd(28)}${String(times.length).padStart(6)} turns   median ${ms(0.5)} ms   ` +
        `p99 ${ms(0.99)} ms   longest ${ms(1)} ms`,
    )
  }
}

async function turnsOf(bytes: Uint8Array, path: string): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wassette-edge-turns-'))
  try {
    const { Instance } = await shellAround(bytes, folder)
    const call: GuestCall = {
      id: 'bench',
      export: [path],
      args: [],
      environment: [],
      argv: [],
      stdin: '',
      bounds: guestBounds(CALL_LIMITS),
      slot: null,
    }
    const times: number[] = []
    let last = process.threadCpuUsage()
    const timer = setInterval(() => {
      const { user, system } = process.threadCpuUsage(last)
      times.push((user + system) / 1_000)
      last = process.threadCpuUsage()
    }, 1)
    await new Instance(call, NOTHING).run(call, NOTHING, [], (value) => value)
    // The last turn is over when the loop has turned once more.
    await new Promise((resolve) => setTimeout(resolve, 5))
    clearInterval(timer)
    return times
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The shell's own code with the component beside it, as the loader puts it together. */
async function shellAround(bytes: Uint8Array, folder: string): Promise<Shell> {
  const model = value(decodeComponent(bytes))
  const { files } = generate(bytes, generateOptions(model))
  const generated = files.find(([name]) => name === 'component.js')?.[1]
  const glue = value(toGlue(new TextDecoder().decode(generated), memberCounts(model)))
  const cores = [...files.filter(([name]) => name.endsWith('.wasm')), ...glue.inlined]
  const entries = cores.map(([name, core]) => {
    writeFileSync(join(folder, name), value(meterCoreModule(core)))
    const file = JSON.stringify(join(folder, name))
    return `${JSON.stringify(name)}: new WebAssembly.Module(readFileSync(${file}))`
  })
  writeFileSync(join(folder, 'component.js'), glue.source)
  writeFileSync(
    join(folder, 'modules.js'),
    `import { readFileSync } from 'node:fs'\nexport const cores = { ${entries.join(', ')} }\n`,
  )
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const outfile = join(folder, 'instance.js')
  await build({
    entryPoints: [join(REPOSITORY, 'src/sandbox/instance.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['./component.js', './modules.js'],
    outfile,
  })
  return (await import(pathToFileURL(outfile).href)) as Shell
}

function value<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
