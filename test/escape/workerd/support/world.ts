// Real capabilities over a world that remembers what was done to it: a drive, a store and a client that
// answer, so that whatever gets past a capability shows.

import type { ClientMessage } from '../../../../src/capabilities/client.ts'
import { Client } from '../../../../src/capabilities/client.ts'
import type { DriveVerbs } from '../../../../src/capabilities/drive.ts'
import { DriveAccess } from '../../../../src/capabilities/drive.ts'
import type { GuestCapabilities } from '../../../../src/capabilities/held.ts'
import { KeyValue } from '../../../../src/capabilities/keyvalue.ts'
import { CallMeter } from '../../../../src/capabilities/meter.ts'
import { Network } from '../../../../src/capabilities/network.ts'
import type { AnsweredForm } from '../../../../src/capabilities/questions.ts'
import { Questions } from '../../../../src/capabilities/questions.ts'
import { Sockets } from '../../../../src/capabilities/sockets.ts'
import type { FileCommit, NodeStat } from '../../../../src/drive/node.ts'
import { digestOf } from '../../../../src/component/digest.ts'
import { parseHostRule } from '../../../../src/policy/host-rule.ts'
import type { CallLimits } from '../../../../src/policy/limits.ts'
import { layerOf } from '../../../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../../../src/policy/limits.ts'
import { Redactor } from '../../../../src/policy/redaction.ts'
import { ok } from '../../../../src/policy/result.ts'
import { parseStorageRule } from '../../../../src/policy/storage-rule.ts'
import { lasting } from '../../../workerd/support/lease.ts'

/** What nobody but us is to read. */
const ANSWERED: readonly AnsweredForm[] = [
  { form: 'sha256:demo', responses: { question: { secret: 'demo' } } },
]

export interface World {
  readonly held: Required<{ [K in keyof GuestCapabilities]: NonNullable<GuestCapabilities[K]> }> & {
    readonly drive: DriveAccess
  }
  readonly meter: CallMeter
  /** Verbs of the drive, operations of the store and words to the client, in the order they happened. */
  readonly done: string[]
  /** What the one file of the drive holds. */
  content: string
  /** Called when the drive is asked about a node. */
  onStat: () => void
  /** As `call.ts` does when a call is over. */
  end(): void
}

/** `hosts` and `paths` are granted: the whole drive for reading and writing where nothing is said. */
export function world({
  hosts = [],
  paths = ['fs:///'],
  limits = {},
}: {
  hosts?: readonly string[]
  paths?: readonly string[]
  limits?: Partial<CallLimits>
} = {}): World {
  const done: string[] = []
  const meter = new CallMeter({ ...CALL_LIMITS, ...limits })
  const allow = hosts.map((text) => granted(parseHostRule(text)))
  const permission = { layers: [layerOf('grants', allow)], ownHosts: [] }
  const upstreams = new Map([['demo.test', new URL('http://upstream.invalid')]])
  const uris = paths.map((uri) => granted(parseStorageRule(uri, ['read', 'write'])))
  const storage = { layers: [layerOf('grants', uris)] }
  const lease = lasting({ network: permission, storage })
  const made: World = {
    meter,
    done,
    content: 'first',
    onStat: () => {},
    held: {
      network: new Network(lease, meter, upstreams),
      sockets: new Sockets(lease, meter, upstreams),
      drive: new DriveAccess({
        drive: verbs(
          done,
          () => made.content,
          () => made.onStat(),
        ),
        store: { put: async () => 'blob', get: async () => new Uint8Array() },
        lease,
        meter,
      }),
      keyValue: new KeyValue(async (operation) => {
        done.push(`keyvalue ${operation.op}`)
        return ok({ tag: 'done' })
      }, meter),
      client: new Client(
        {
          notify: async (message: ClientMessage) => void done.push(`client ${message.kind}`),
          answers: ANSWERED,
          abilities: ['forms', 'sampling', 'roots'],
        },
        new Questions(ANSWERED, digestOf),
        meter,
        new Redactor(),
      ),
    },
    end() {
      for (const capability of Object.values(made.held)) {
        ;(capability as unknown as Disposable)[Symbol.dispose]()
      }
    },
  }
  return made
}

function granted<T>(rule: { ok: true; value: T } | { ok: false }): T {
  if (!rule.ok) throw new Error('not a rule')
  return rule.value
}

/** A drive where every path is a file, each with the same content. */
function verbs(done: string[], content: () => string, onStat: () => void): DriveVerbs {
  const bytes = () => new TextEncoder().encode(content())
  const stat = (path = ''): NodeStat => ({
    id: path.length,
    isDirectory: false,
    size: bytes().byteLength,
    version: 1,
    createdAt: 0,
    modifiedAt: 0,
  })
  const verb = <T>(name: string, value: (path: string) => T) => {
    return async (path: string) => {
      done.push(`drive ${name}`)
      return ok(value(path))
    }
  }
  const image = (path: string) => ({
    stat: stat(path),
    chunks: new Map([[0, { bytes: bytes().byteLength, data: bytes() }]]),
  })
  const double = {
    stat: verb('stat', (path) => {
      onStat()
      return stat(path)
    }),
    open: verb('open', image),
    openNode: verb('openNode', image),
    create: verb('create', stat),
    list: verb('list', () => ({ entries: [], next: null })),
    commit: async ({ node }: FileCommit) => {
      done.push(`drive commit ${node}`)
      return ok({ ...stat(), id: node })
    },
    remove: verb('remove', () => null),
    rename: verb('rename', () => null),
    touch: verb('touch', () => null),
  }
  return double as unknown as DriveVerbs
}
