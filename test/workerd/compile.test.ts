import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createCompile } from '../../src/compiler/compile.ts'

const compile = createCompile(env.LOADER)
const fetchModule = new Uint8Array(env.FETCH_WASM)
const probeModule = new Uint8Array(env.PROBE_WASM)

async function faultOf(bytes: Uint8Array): Promise<string> {
  const compiled = await compile(bytes)
  return compiled.ok ? 'none' : compiled.error.reason
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Replaces text by text of the same length: a name, wherever it stands. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  if (from.length !== to.length) throw new Error('the lengths differ')
  const [old, fresh] = [new TextEncoder().encode(from), new TextEncoder().encode(to)]
  const copy = bytes.slice()
  let found = 0
  for (let at = 0; at + old.length <= copy.length; at += 1) {
    if (!old.every((byte, i) => copy[at + i] === byte)) continue
    copy.set(fresh, at)
    found += 1
  }
  if (found === 0) throw new Error(`${from} does not occur`)
  return copy
}

describe('compile', () => {
  it('makes tools and modules of a component', async () => {
    const compiled = await compile(fetchModule)
    if (!compiled.ok) throw new Error(compiled.error.reason)
    expect(compiled.value.tools.map((tool) => tool.name)).toEqual(['fetch'])
    expect(compiled.value.imports).toContain('wasi:http/outgoing-handler@0.2.4')
    const names = compiled.value.modules.map((module) => module.name)
    expect(names).toContain('component.js')
    expect(names).toContain('component.core.wasm')
  })

  it('makes the same bytes of the same component every time', async () => {
    expect(await compile(probeModule)).toEqual(await compile(probeModule))
  })

  it('writes a maximum into every memory', async () => {
    const compiled = await compile(probeModule)
    if (!compiled.ok) throw new Error(compiled.error.reason)
    const memories = compiled.value.modules.flatMap((module) => {
      if (!('wasm' in module)) return []
      return [...memoryLimits(module.wasm)]
    })
    expect(memories.length).toBeGreaterThan(0)
    for (const { maximum } of memories) expect(maximum).toBeLessThanOrEqual(1024)
  })

  it('leaves no import, no dynamic code and no inlined module in the glue', async () => {
    const compiled = await compile(probeModule)
    if (!compiled.ok) throw new Error(compiled.error.reason)
    const glue = compiled.value.modules.find((module) => module.name === 'component.js')
    const source = glue !== undefined && 'js' in glue ? glue.js : ''
    expect(source).toMatch(/^export function instantiate\(getCoreModule, imports/)
    expect(source).not.toMatch(/\bnew WebAssembly\.Module\(|\bimport\s*\(|\beval\s*\(/)
  })

  it.each([
    ['nothing at all', new Uint8Array(0), 'empty'],
    ['bytes that are no wasm', new TextEncoder().encode('GIF89a, not wasm'), 'not-wasm'],
    ['a core module', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), 'core-module'],
    ['a component cut short', fetchModule.slice(0, fetchModule.length - 100), 'truncated'],
    ['more bytes than a component may have', new Uint8Array(48 * 1024 * 1024 + 1), 'too-large'],
    ['a header alone', Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0), 'no-tools'],
  ])('refuses %s as such', async (_, bytes, reason) => {
    expect(await faultOf(bytes)).toBe(reason)
  })

  it('names every import that nothing here answers', async () => {
    const odd = renamed(fetchModule, 'wasi:http/outgoing-handler@', 'wasi:http/outgoing-hundler@')
    const compiled = await compile(odd)
    expect(compiled).toMatchObject({ ok: false, error: { reason: 'unlinkable' } })
    expect(JSON.stringify(compiled)).toContain('wasi:http/outgoing-hundler@0.2.4')
  })

  it('refuses an interface of WASI 0.3 by its name', async () => {
    const next = renamed(fetchModule, 'wasi:io/poll@0.2.4', 'wasi:io/poll@0.3.4')
    expect(await compile(next)).toMatchObject({ ok: false, error: { reason: 'unlinkable' } })
  })

  it('refuses a core export whose name would be JavaScript', async () => {
    const hostile = renamed(fetchModule, 'cabi_realloc', "x'+evil()+'y")
    expect(await faultOf(hostile)).toBe('forbidden-name')
  })

  it('describes tools and parameters by a WIT text, and leaves the rest as it is', async () => {
    const text = `package wassette-edge:fetch@0.1.0;
      world fetch {
        record response { /// The code.\n status: u16 }
        /// Gets a page.
        export fetch: func(
          /// Where it is.
          url: string,
        ) -> result<response, string>;
        export other: func();
      }`
    const [plain, described] = [
      await compile(fetchModule),
      await compile(fetchModule, bytesOf(text)),
    ]
    if (!plain.ok || !described.ok) throw new Error('not compiled')
    expect(plain.value.wit).toBe(null)
    expect(described.value.wit).toEqual({
      ok: true,
      value: { functions: 1, parameters: 1, types: 1 },
    })
    expect(described.value.modules).toEqual(plain.value.modules)
    const [tool] = described.value.tools
    expect(tool?.description).toBe('Gets a page.')
    expect(tool?.inputSchema).toMatchObject({
      properties: { url: { description: 'Where it is.' } },
    })
    const words = (key: string, value: unknown) => (key === 'description' ? undefined : value)
    expect(JSON.stringify(described.value.tools, words)).toBe(
      JSON.stringify(plain.value.tools, words),
    )
  })

  it('compiles beside a text that cannot be read, and says where that is', async () => {
    const compiled = await compile(fetchModule, bytesOf('world w {\n  export'))
    expect(compiled).toMatchObject({
      ok: true,
      value: { wit: { ok: false, error: { reason: 'bad-wit', line: 2, expected: 'a name' } } },
    })
    const large = await compile(fetchModule, new Uint8Array(256 * 1024 + 1))
    expect(large).toMatchObject({ ok: true, value: { wit: { ok: false } } })
  })

  it('lets others run hundreds of times while it compiles twelve megabytes', async () => {
    const state = { over: false }
    const compiling = compile(new Uint8Array(env.PYTHON_WASM)).finally(() => {
      state.over = true
    })
    let turns = 0
    while (!state.over) {
      await scheduler.wait(0)
      turns += 1
    }
    expect((await compiling).ok).toBe(true)
    // Its passes are fewer than twenty.
    expect(turns).toBeGreaterThan(200)
  })

  it('refuses what would become too large before any work is done for it', async () => {
    const bytes = await large(31)
    expect(await compile(bytes)).toEqual({
      ok: false,
      error: { reason: 'too-large', detail: 'the modules that it becomes' },
    })
    expect((await compile(await large(8))).ok).toBe(true)
  })

  it('takes what is under way together with it into account, and compiles all the same', async () => {
    const bytes = await large(20)
    const compiled = await Promise.all([bytes, bytes, bytes].map((one) => compile(one)))
    expect(compiled.map(({ ok }) => ok)).toEqual([true, true, true])
  })

  it('stops of itself when nobody waits for it any more', async () => {
    const left = Promise.withResolvers<{ ok: boolean; error?: unknown }>()
    const watched = {
      get: (...[id, code]: Parameters<WorkerLoader['get']>) => {
        const compiler = env.LOADER.get(id, code).getEntrypoint() as unknown as {
          compile(...args: unknown[]): Promise<{ ok: boolean; error?: unknown }>
        }
        const compile = (...args: unknown[]) => {
          left.resolve(compiler.compile(...args))
          return left.promise
        }
        return { getEntrypoint: () => ({ compile }) }
      },
    }
    const short = createCompile(watched as unknown as WorkerLoader, 200)
    const late = { ok: false, error: { reason: 'compile-bound', bound: 'compile-time' } }
    expect(await short(new Uint8Array(env.PYTHON_WASM))).toEqual(late)
    const { ok, error } = await left.promise
    expect({ ok, error }).toEqual(late)
  })

  it('serves an honest component right after a hostile one', async () => {
    await compile(fetchModule.slice(0, 5_000))
    expect(await faultOf(fetchModule)).toBe('none')
  })
})

/** A component that is the time's, with so many MiB of data in a core module that nobody instantiates. */
async function large(mebibytes: number): Promise<Uint8Array> {
  const data = new Uint8Array(mebibytes * 1024 * 1024)
  const time = new Uint8Array(env.TIME_WASM)
  const segment = [1, 1, ...leb128(data.length)]
  const section = [11, ...leb128(segment.length + data.length), ...segment]
  const header = [0, 97, 115, 109, 1, 0, 0, 0]
  const count = header.length + section.length + data.length
  const module = [1, ...leb128(count), ...header, ...section]
  return new Uint8Array(
    await new Blob([time, Uint8Array.from(module), data as Uint8Array<ArrayBuffer>]).arrayBuffer(),
  )
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(Math.floor(value / 128))]
}

/** Limits in the memory sections (id 5) of a core module. */
function* memoryLimits(module: Uint8Array): Generator<{ maximum: number }> {
  let at = 8
  const leb = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = module[at] ?? 0
      at += 1
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < module.length) {
    const id = module[at]
    at += 1
    const end = leb() + at
    if (id === 5) {
      const count = leb()
      for (let n = 0; n < count; n += 1) {
        const flags = leb()
        leb()
        yield { maximum: (flags & 1) === 1 ? leb() : Number.POSITIVE_INFINITY }
      }
    }
    at = end
  }
}
