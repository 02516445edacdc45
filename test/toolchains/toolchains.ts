// The toolchains: where each is found, and how it makes its component of a world of `wit/world.wit`. What is not
// found is said and left out. npm and PyPI packages are installed into the folder of the run.

import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools'

export const NPM = {
  '@bytecodealliance/componentize-js': '0.23.0',
  'componentize-qjs': '0.4.5',
  assemblyscript: '0.28.20',
  // The one after it has no files, and componentize-js reads WIT through it.
  '@bytecodealliance/preview2-shim': '0.26.0',
} as const

export const PYPI = { wasmtime: '50.0.1', 'componentize-py': '0.25.1' } as const

export type World = 'pure' | 'engine' | 'system' | 'small'

export interface Toolchain {
  readonly name: string
  readonly world: World
  /** Writes the component. Throws `NotFound` where the toolchain is not there. */
  build(folder: string, component: string): Promise<void>
}

export class NotFound extends Error {}

/** What its component is called in the folder of a run. */
export function fileOf({ name }: Toolchain): string {
  return `${name.replaceAll(/[^a-zA-Z0-9]+/g, '-')}.wasm`
}

const HERE = import.meta.dirname
const WIT = join(HERE, 'wit')
const GUESTS = join(HERE, 'guests')
const BUILD_MS = 600_000

const execute = promisify(execFile)

async function run(
  command: string,
  args: readonly string[],
  at: { cwd?: string; env?: Record<string, string> } = {},
): Promise<void> {
  await execute(command, [...args], {
    cwd: at.cwd ?? HERE,
    env: { ...process.env, ...at.env },
    timeout: BUILD_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
}

async function found(what: string, command: string, ...args: string[]): Promise<void> {
  await execute(command, args).catch(() => {
    throw new NotFound(what)
  })
}

const guest = (name: string): string => readFileSync(join(GUESTS, name), 'utf8')

/** StarlingMonkey, with the engine's own `fetch`, or with nothing of the host. */
function starling(world: 'pure' | 'engine', options: Record<string, unknown> = {}): Toolchain {
  const isPure = world === 'pure'
  return {
    name: `componentize-js (StarlingMonkey), ${isPure ? 'no host' : 'with fetch'}`,
    world,
    async build(folder, component) {
      const made = isPure ? guest('values.js') : `${guest('engine.js')}${guest('values.js')}`
      const off = ['stdio', 'random', 'clocks', 'http', 'fetch-event']
      const disableFeatures = isPure ? off : []
      const given = { witPath: WIT, worldName: world, disableFeatures, ...options }
      // In a process of its own: it takes a gigabyte.
      writeFileSync(
        join(folder, 'starling.mjs'),
        `import { componentize } from '@bytecodealliance/componentize-js'
         import { writeFileSync } from 'node:fs'
         const { component } = await componentize(${JSON.stringify(made)}, ${JSON.stringify(given)})
         writeFileSync(${JSON.stringify(component)}, component)`,
      )
      await run(process.execPath, ['starling.mjs'], { cwd: folder })
    },
  }
}

function quickJs(name: string, ...flags: string[]): Toolchain {
  return {
    name: `componentize-qjs (QuickJS), ${name}`,
    world: 'pure',
    async build(folder, component) {
      await run(process.execPath, [
        join(folder, 'node_modules/componentize-qjs/cli.mjs'),
        ...['--wit', WIT, '--world', 'pure', '--js', join(GUESTS, 'values.js')],
        ...[...flags, '-o', component],
      ])
    },
  }
}

const PYTHON: Toolchain = {
  name: 'componentize-py (CPython)',
  world: 'system',
  async build(folder, component) {
    await run(
      join(folder, 'python/bin/componentize-py'),
      ['-d', WIT, '-w', 'system', 'componentize', 'app', '-p', '.', '-o', component],
      { cwd: join(GUESTS, 'python'), env: { PYTHONDONTWRITEBYTECODE: '1' } },
    )
  },
}

/** rustup's library for WASI where it is there, or Debian's sources of it. */
const RUST: Toolchain = {
  name: 'Rust (cargo, wasm32-wasip2)',
  world: 'system',
  async build(folder, component) {
    const target = 'wasm32-wasip2'
    const env = { CARGO_TARGET_DIR: join(folder, 'rust') }
    const build = ['build', '--release', '--target', target]
    const { stdout } = await execute('rustc', [
      '--print',
      'target-libdir',
      '--target',
      target,
    ]).catch(() => ({ stdout: '' }))
    const sysroot = await execute('rustc', ['--print', 'sysroot']).catch(() => ({ stdout: '' }))
    const cwd = join(GUESTS, 'rust')
    if (stdout !== '' && existsSync(stdout.trim())) {
      await run('cargo', build, { cwd, env })
    } else {
      const [library, libc] = ['/usr/lib/rustlib/src/rust/library', '/usr/lib/wasm32-wasi']
      const host = 'lib/rustlib/x86_64-unknown-linux-gnu/bin/wasm-component-ld'
      const linker = join(sysroot.stdout.trim(), host)
      if (![library, libc, linker, '/usr/bin/cargo', '/usr/bin/wasm-ld-19'].every(existsSync)) {
        throw new NotFound('no Rust with a standard library for wasm32-wasip2')
      }
      await run('/usr/bin/cargo', [...build, '-Zbuild-std=std,panic_abort'], {
        cwd,
        env: {
          ...env,
          RUSTC: '/usr/bin/rustc',
          RUSTC_BOOTSTRAP: '1',
          CARGO_TARGET_WASM32_WASIP2_LINKER: linker,
          RUSTFLAGS: `-L${libc} -Clink-arg=${libc}/crt1-reactor.o -Clink-arg=--wasm-ld-path=/usr/bin/wasm-ld-19`,
        },
      })
    }
    writeFileSync(component, readFileSync(join(folder, 'rust', target, 'release/guest.wasm')))
  },
}

const ASSEMBLYSCRIPT: Toolchain = {
  name: 'AssemblyScript',
  world: 'small',
  async build(folder, component) {
    const core = join(folder, 'assemblyscript.wasm')
    await run(process.execPath, [
      join(folder, 'node_modules/assemblyscript/bin/asc.js'),
      join(GUESTS, 'texts.as.ts'),
      ...['--runtime', 'incremental', '-Oz', '--use', 'abort=', '-o', core],
    ])
    await fromCore(folder, core, component)
  },
}

const C: Toolchain = {
  name: 'C (clang, wasi-libc)',
  world: 'small',
  async build(folder, component) {
    await found('no clang-19', 'clang-19', '--version')
    const core = join(folder, 'c.wasm')
    await run('clang-19', [
      ...['--target=wasm32-wasi', '--sysroot=/usr', '-mexec-model=reactor', '-O2'],
      ...['-Wl,--strip-all', join(GUESTS, 'texts.c'), '-o', core],
    ]).catch((cause: unknown) => {
      if (!existsSync('/usr/lib/wasm32-wasi/libc.a')) throw new NotFound('no wasi-libc')
      throw cause
    })
    await fromCore(folder, core, component)
  },
}

const GO: Toolchain = {
  name: 'Go (its own compiler, wasip1)',
  world: 'small',
  async build(folder, component) {
    await found('no go', 'go', 'version')
    const core = join(folder, 'go.wasm')
    await run('go', ['build', '-buildmode=c-shared', '-ldflags=-s -w', '-o', core, '.'], {
      cwd: join(GUESTS, 'go'),
      env: { GOOS: 'wasip1', GOARCH: 'wasm' },
    })
    await fromCore(folder, core, component)
  },
}

export const TOOLCHAINS: readonly Toolchain[] = [
  starling('engine'),
  starling('pure'),
  quickJs('asynchronous'),
  quickJs('synchronous', '--sync', '--stub-wasi', '--opt-size'),
  PYTHON,
  RUST,
  GO,
  C,
  ASSEMBLYSCRIPT,
]

/** A core module that has the ABI of the world `small`, with the adapter of WASI's preview 1. */
async function fromCore(folder: string, core: string, component: string): Promise<void> {
  const lib = join(folder, 'node_modules/@bytecodealliance/jco/lib')
  const adapter = readFileSync(join(lib, 'wasi_snapshot_preview1.reactor.wasm'))
  const binary = new Uint8Array(readFileSync(core))
  const usesWasi = Buffer.from(binary).includes('wasi_snapshot_preview1')
  const witSource = readFileSync(join(WIT, 'world.wit'), 'utf8').replaceAll(/^ *import .*\n/gm, '')
  const embedded = await componentEmbed({ binary, witSource, world: 'small' })
  const adapters: [string, Uint8Array][] = usesWasi
    ? [['wasi_snapshot_preview1', new Uint8Array(adapter)]]
    : []
  writeFileSync(component, await componentNew(embedded, adapters))
}
