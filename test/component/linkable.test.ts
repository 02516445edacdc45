import { describe, expect, it } from 'vitest'
import {
  answeredFunctions,
  renamedImports,
  suspendingImports,
  unlinkable,
} from '../../src/component/linkable.ts'
import type { ComponentModel } from '../../src/component/wit.ts'
import { Halt } from '../../src/sandbox/halt.ts'
import type { Interfaces } from '../../src/sandbox/imports.ts'
import { importsOf } from '../../src/sandbox/imports.ts'
import { Pending } from '../../src/sandbox/pending.ts'
import { Captured } from '../../src/sandbox/wasi/stdio.ts'

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
const pascal = (label: string) => label.split('-').map(capital).join('')
const camel = (label: string) => label.charAt(0) + pascal(label).slice(1)

type Class = { readonly prototype: object }

/** Where jco looks for a function, as one text: `wasi:io/poll Pollable.block`. */
function place(interfaceName: string, name: string): string {
  const [, kind, resource = '', member = ''] =
    /^\[(constructor|method|static)\]([a-z0-9-]+)(?:\.([a-z0-9-]+))?$/.exec(name) ?? []
  switch (kind) {
    case 'constructor':
      return `${interfaceName} ${pascal(resource)}`
    case 'method':
      return `${interfaceName} ${pascal(resource)}#${camel(member)}`
    case 'static':
      return `${interfaceName} ${pascal(resource)}.${camel(member)}`
    default:
      return `${interfaceName} ${camel(name)}`
  }
}

/** Every place of an import object where a function is; classes are listed with what they hold. */
function places(imports: Interfaces): { functions: Set<string>; classes: Set<string> } {
  const functions = new Set<string>()
  const classes = new Set<string>()
  for (const [name, members] of Object.entries(imports)) {
    for (const [key, member] of Object.entries(members)) {
      if (!/^[A-Z]/.test(key)) {
        functions.add(`${name} ${key}`)
        continue
      }
      classes.add(`${name} ${key}`)
      const { prototype } = member as Class
      for (const method of methodsOf(prototype)) functions.add(`${name} ${key}#${method}`)
      for (const held of methodsOf(member as object)) functions.add(`${name} ${key}.${held}`)
    }
  }
  return { functions, classes }
}

/** Own ones and, for what a class inherits from another of ours, those as well. */
function methodsOf(holder: object): string[] {
  const above: unknown = Object.getPrototypeOf(holder)
  const isOurs = typeof above === 'object' && above !== null && above !== Object.prototype
  const own = Object.entries(Object.getOwnPropertyDescriptors(holder))
    .filter(([key, { value }]) => key !== 'constructor' && typeof value === 'function')
    .map(([key]) => key)
  return isOurs ? [...own, ...methodsOf(above)] : own
}

/** Methods that our own code calls on these classes; no interface names them. */
const OURS = new Set([
  'wasi:io/streams InputStream#readable',
  'wasi:io/poll Pollable#stirred',
  'wasi:io/poll Pollable.always',
  'wasi:http/types Fields#frozen',
  'wasi:http/types Fields.received',
  'wasi:http/types OutgoingBody#refuse',
  'wasi:http/types OutgoingBody#sent',
  'wasi:keyvalue/atomics Cas.swap',
  'wasi3:http/types Request#abandon',
  'wasi3:http/types Request#transmit',
  'wasi3:http/types RequestOptions#frozen',
  'wasi3:http/types Response.received',
])

const NONE = { network: null, sockets: null, drive: null, keyValue: null, client: null }
const halt = new Halt()
const captured = new Captured(halt)
const state = { captured, halt, pending: new Pending(), reached: () => {} }
const imports = importsOf(() => ({ environment: [], argv: [], stdin: '', slot: null }), NONE, state)
const there = places(imports)

describe('the table of linkable imports', () => {
  it('names nothing that the shims do not have', () => {
    const missing = answeredFunctions()
      .map(([interfaceName, name]) => place(interfaceName, name))
      .filter((wanted) => !there.functions.has(wanted) && !there.classes.has(wanted))
    expect(missing).toEqual([])
  })

  it('names everything that the shims have', () => {
    const named = new Set(answeredFunctions().map(([i, name]) => place(i, name)))
    expect([...there.functions].filter((p) => !named.has(p) && !OURS.has(p))).toEqual([])
  })

  it('knows every interface of the shims', () => {
    const known = new Set(answeredFunctions().map(([interfaceName]) => interfaceName))
    const typesOnly = [
      'wasi:cli/terminal-input',
      'wasi:cli/terminal-output',
      'wasi3:cli/terminal-input',
      'wasi3:cli/terminal-output',
      'wassette-edge:mcp/content',
    ]
    expect(Object.keys(imports).filter((name) => !known.has(name))).toEqual(typesOnly)
  })
})

/** A component that imports one function, written `wasi:io/poll@0.2.0#poll`. */
function importing(text: string): ComponentModel {
  const [full = '', member = ''] = text.split('#')
  const [name = '', version = null] = full.split('@')
  const functions = [member]
  const imports = [{ kind: 'interface' as const, name, version, full, functions, typesOnly: false }]
  return { imports, exports: [], exportedInterfaces: [] }
}

describe('unlinkable', () => {
  it.each([
    'wasi:io/poll@0.2.0#poll',
    'wasi:io/poll@0.2.99#poll',
    'wasi:clocks/timezone@0.2.12#utc-offset',
    'wasi:http/types@0.2.12#[method]response-outparam.send-informational',
    'wasi:sockets/tcp@0.2.3#[method]tcp-socket.start-connect',
    'wasi:config/store@0.2.0-draft#get',
    'wasi:config/store@0.2.0-rc.1#get-all',
    'wasi:keyvalue/store@0.2.0-draft#open',
    'wasi:keyvalue/store@0.2.0-draft2#open',
    'wasi:keyvalue/atomics@0.2.0-draft2#swap',
    'wasi:logging/logging@0.1.0-draft#log',
    'wasi:cli/stdout@0.3.0#write-via-stream',
    'wasi:cli/environment@0.3.0#get-initial-cwd',
    'wasi:clocks/system-clock@0.3.2#get-resolution',
    'wasi:filesystem/types@0.3.0-rc-2026-03-15#[method]descriptor.read-via-stream',
    'wasi:http/client@0.3.0#send',
  ])('finds nothing wrong with %s', (text) => {
    expect(unlinkable(importing(text))).toEqual([])
  })

  it.each([
    'wasi:io/poll@0.3.0',
    'wasi:clocks/wall-clock@0.3.0',
    'wasi:cli/stdout@0.3.0-rc-2026-01-06',
    'wasi:cli/stdout@0.4.0',
    'wasi:cli/run@0.3.0',
    'wasi:http/handler@0.3.0',
    'wasi:sockets/types@0.3.0',
    'wasi:sockets/ip-name-lookup@0.3.0',
    'wasi:keyvalue/store@0.3.0',
    'wasi3:cli/stdout@0.2.0',
    'wasi:io/poll@0.2.0-rc-2023-11-10',
    'wasi:io/poll',
    'wasi:config/store@0.2.0',
    'wasi:config/store@0.2.0-rc.2',
    'wasi:config/store@0.2.0-draft-2024-09-27',
    'wasi:keyvalue/store@0.2.0',
    'wasi:keyvalue/watcher@0.2.0-draft2',
    'wasi:keyvalue-draft/store@0.2.0',
    'wasi:logging/logging@0.2.0',
    'wasi:http/incoming-handler@0.2.0',
    'wasi:blobstore/blobstore@0.2.0-draft',
    'constructor:x/y@0.2.0',
  ])('names %s', (full) => {
    expect(unlinkable(importing(`${full}#open`))).toEqual([full])
  })

  it('names a function that only the other version has', () => {
    const names = ['wasi:cli/stdout@0.3.0#get-stdout', 'wasi:cli/stdout@0.2.0#write-via-stream']
    for (const name of names) expect(unlinkable(importing(name))).toEqual([name])
  })

  it('names a function that only another draft has', () => {
    const swap = 'wasi:keyvalue/atomics@0.2.0-draft#swap'
    expect(unlinkable(importing(swap))).toEqual([swap])
  })
})

describe('renamedImports', () => {
  it('keeps the first draft of keyvalue apart from the second', () => {
    expect(renamedImports(importing('wasi:keyvalue/batch@0.2.0-draft#get-many'))).toEqual([
      ['wasi:keyvalue/batch@0.2.0-draft', 'wasi:keyvalue-draft/batch'],
    ])
    expect(renamedImports(importing('wasi:keyvalue/batch@0.2.0-draft2#get-many'))).toEqual([])
  })
})

describe('renamedImports of WASI 0.3', () => {
  it('keeps it apart from 0.2, whichever patch it is', () => {
    for (const version of ['0.3.0', '0.3.2', '0.3.0-rc-2026-03-15']) {
      const full = `wasi:cli/stdout@${version}`
      expect(renamedImports(importing(`${full}#write-via-stream`))).toEqual([
        [full, 'wasi3:cli/stdout'],
      ])
    }
    expect(renamedImports(importing('wasi:cli/stdout@0.2.0#get-stdout'))).toEqual([])
  })
})

describe('suspendingImports', () => {
  it('leaves a function of 0.3 to its own type', () => {
    const stat = '[method]descriptor.stat'
    expect(suspendingImports(importing(`wasi:filesystem/types@0.3.0#${stat}`))).toEqual([])
    const old = `wasi:filesystem/types@0.2.0#${stat}`
    expect(suspendingImports(importing(old))).toEqual([old])
  })

  it('names a draft’s functions as the component does', () => {
    expect(suspendingImports(importing('wasi:keyvalue/store@0.2.0-draft#open'))).toEqual([
      'wasi:keyvalue/store@0.2.0-draft#open',
    ])
  })
})
