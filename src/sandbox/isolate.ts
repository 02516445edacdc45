// A guest isolate: the shell, the component's glue and its core modules, with nothing else in reach.
// Its id is a digest of all its modules, of the shell, of the compatibility date and of the person.

import shell from '../../.build/shell.js.txt'
import shellVersion from '../../.build/shell.version.txt'
import { ISOLATE_COMPATIBILITY } from '../compiler/compatibility.ts'
import type { ArtifactModule } from '../compiler/artifact.ts'
import type { GuestCall } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import { LATE, within } from '../deadline.ts'
import { IsolateIds } from '../isolate-ids.ts'
import { BODY_MS, READ_MS, StoreLate } from '../patience.ts'

/** CPU and subrequests of one call as the platform counts them; the local runtime enforces neither. */
export const ISOLATE_LIMITS = { cpuMs: 10_000, subRequests: 64 }

/** The runtime stopped a guest, or the guest's isolate broke: whatever it was, the guest did it. */
export class GuestStopped extends Error {
  readonly code = 'guest-stopped'
}

export interface GuestStub {
  /** A report is the isolate's claim: `sandbox.ts` parses it. */
  run(call: GuestCall, capabilities: GuestCapabilities): Promise<unknown>
  /**
   * Ends a call at its next host call or fuel check, wherever the platform lets the word reach it. An isolate that
   * does not take it hangs, and nobody is served by it any more.
   */
  stop(id: string): Promise<void>
  /** Of a call that did not begin in time: the fault of ours that kept its isolate from loading, or `null`. */
  loadFault(): unknown
}

/** The entrypoint inside: our shell, or whatever a guest has made of it. */
type Inside = Pick<GuestStub, 'run' | 'stop'>

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
  const id = ids.of(name)
  const worker = loader.get(id, async () => ({
    ...ISOLATE_COMPATIBILITY,
    mainModule: 'shell.js',
    modules: assemble(await loaded(name, id, code.modules)),
    env: {},
    globalOutbound: null,
    limits: ISOLATE_LIMITS,
  }))
  const guest = worker.getEntrypoint() as unknown as Inside
  return {
    async run(call, capabilities) {
      try {
        return await guest.run(call, capabilities)
      } catch (cause) {
        ids.replace(name, id)
        const load = loads.get(id)
        if (load !== undefined) throw load.fault ?? cause
        throw new GuestStopped('the guest was stopped', { cause })
      }
    },
    async stop(call) {
      if ((await within(guest.stop(call), STOP_MS)) === LATE) ids.replace(name, id)
    },
    loadFault() {
      const load = loads.get(id)
      if (load === undefined) return null
      // Nobody is at it any more: it ended with the request that had begun it.
      if (Date.now() - load.since > LOAD_MS) ids.replace(name, id)
      return load.fault ?? new StoreLate('R2')
    },
  }
}

const ids = new IsolateIds()

/** Milliseconds in which an isolate takes a word; a guest gives its thread away several times in these. */
const STOP_MS = 2_000

/** Milliseconds after which a load has ended, one way or the other (`patience.ts`): a manifest, then its modules. */
const LOAD_MS = 2 * (READ_MS + BODY_MS)

/** Isolates that are being loaded, behind the first call that asks for one, or whose load failed: by id. */
const loads = new Map<string, { readonly since: number; fault: unknown }>()
const MAX_LOADS = 10_000

/** What goes wrong here is ours, not the guest's, for every call that waits for it. */
async function loaded(
  name: string,
  id: string,
  modules: IsolateCode['modules'],
): Promise<readonly ArtifactModule[]> {
  const load = { since: Date.now(), fault: null as unknown }
  const [oldest] = loads.keys()
  if (loads.size >= MAX_LOADS && oldest !== undefined) loads.delete(oldest)
  loads.set(id, load)
  try {
    const read = await modules()
    loads.delete(id)
    return read
  } catch (cause) {
    load.fault = cause
    ids.replace(name, id)
    throw cause
  }
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
