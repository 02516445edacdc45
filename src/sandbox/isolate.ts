// A guest isolate: the shell, the component's glue and its core modules, with nothing else in reach.
// Its id is a digest of all its modules, of the shell, of the compatibility date and of the person.

import shell from '../../.build/shell.js.txt'
import shellVersion from '../../.build/shell.version.txt'
import { ISOLATE_COMPATIBILITY } from '../compiler/compatibility.ts'
import type { ArtifactModule } from '../compiler/artifact.ts'
import type { GuestCall } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'

/** CPU and subrequests of one call as the platform counts them; the local runtime enforces neither. */
export const ISOLATE_LIMITS = { cpuMs: 10_000, subRequests: 64 }

/** The runtime stopped a guest, or the guest's isolate broke: whatever it was, the guest did it. */
export class GuestStopped extends Error {
  readonly code = 'guest-stopped'
}

export interface GuestStub {
  /** A report is the isolate's claim: `sandbox.ts` parses it. */
  run(call: GuestCall, capabilities: GuestCapabilities): Promise<unknown>
  /** Ends a call at its next host call or fuel check, wherever the platform lets the word reach it. */
  stop(id: string): Promise<void>
}

/** What names the code of an isolate, and how to get it when no warm one exists. */
export interface IsolateCode {
  /** Digest over every module of the artifact. */
  readonly artifactDigest: string
  readonly modules: () => Promise<readonly ArtifactModule[]>
}

/**
 * Warm isolates are kept by id: nothing given to one may depend on anything outside of its id. Two
 * people never share one, so that a guest that breaks the shell has spoiled its own person's calls only.
 */
export function openIsolate(loader: WorkerLoader, code: IsolateCode, person: string): GuestStub {
  const { compatibilityDate } = ISOLATE_COMPATIBILITY
  const name = [code.artifactDigest, shellVersion.trim(), compatibilityDate, person].join('.')
  const times = broken.get(name)
  const id = [name, ...(times === undefined ? [] : [times])].join('.')
  // Loading happens behind the first call: what goes wrong there is ours, not the guest's.
  let loadFault: unknown = null
  const load = async () =>
    assemble(
      await code.modules().catch((cause: unknown) => {
        loadFault = cause
        throw cause
      }),
    )
  const worker = loader.get(id, async () => ({
    ...ISOLATE_COMPATIBILITY,
    mainModule: 'shell.js',
    modules: await load(),
    env: {},
    globalOutbound: null,
    limits: ISOLATE_LIMITS,
  }))
  const guest = worker.getEntrypoint() as unknown as GuestStub
  return {
    async run(call, capabilities) {
      try {
        return await guest.run(call, capabilities)
      } catch (cause) {
        replace(name)
        throw loadFault ?? new GuestStopped('the guest was stopped', { cause })
      }
    },
    async stop(id) {
      await guest.stop(id)
    },
  }
}

/**
 * Isolates that did not load or were stopped, and how often: the loader keeps them under their id as they are, so
 * the next call asks for another. An id names one person's isolate.
 */
const broken = new Map<string, number>()
const MAX_BROKEN = 10_000

function replace(name: string): void {
  const times = broken.get(name) ?? 0
  const [oldest] = broken.keys()
  if (broken.size >= MAX_BROKEN && oldest !== undefined) broken.delete(oldest)
  broken.delete(name)
  broken.set(name, times + 1)
}

function assemble(modules: readonly ArtifactModule[]): Record<string, WorkerLoaderModule> {
  const assembled: Record<string, WorkerLoaderModule> = { 'shell.js': { js: shell } }
  const cores: string[] = []
  for (const module of modules) {
    if ('js' in module) {
      assembled[module.name] = { js: module.js }
    } else {
      assembled[module.name] = { wasm: module.wasm.buffer as ArrayBuffer }
      cores.push(module.name)
    }
  }
  const imports = cores.map((name, i) => `import core${i} from ${JSON.stringify(`./${name}`)}`)
  const table = cores.map((name, i) => `${JSON.stringify(name)}: core${i}`)
  const source = `${imports.join('\n')}\nexport const cores = { ${table.join(', ')} }\n`
  assembled['modules.js'] = { js: source }
  return assembled
}
