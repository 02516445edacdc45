// Bundles what runs in isolates of its own: the compiler (jco's bindgen made into a factory, its core modules
// metered as a guest's are) and the guest shell. Writes `.build/`, which the Worker imports as text and wasm modules. Not part of the Worker.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { meterCoreModule } from '../src/component/meter.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const out = join(root, '.build')
const vendor = join(
  dirname(createRequire(import.meta.url).resolve('@bytecodealliance/jco-transpile')),
  '../vendor',
)
const BINDGEN = 'js-component-bindgen-component'

/** The date both isolates are given; no newer than the oldest runtime we test on. */
export const ISOLATE_DATE = '2026-10-15'

export async function buildIsolates(): Promise<void> {
  await mkdir(out, { recursive: true })
  const bindgen = await bindgenFactory()
  const metered = bindgen.modules.map(([name, bytes]): [string, Uint8Array] => {
    const module = meterCoreModule(bytes)
    if (!module.ok) throw new Error(`${name} of jco's bindgen: ${JSON.stringify(module.error)}`)
    return [name, module.value]
  })
  for (const [name, bytes] of metered) await writeChanged(join(out, name), bytes)
  const modules = metered.map(([, bytes]) => bytes)
  await bundle('compiler', join(root, 'src/compiler/isolate.ts'), modules, [
    {
      name: 'bindgen',
      setup(b) {
        b.onResolve({ filter: /^virtual:bindgen$/ }, () => ({
          path: 'bindgen',
          namespace: 'bindgen',
        }))
        b.onLoad({ filter: /.*/, namespace: 'bindgen' }, () => ({ contents: bindgen.source }))
      },
    },
  ])
  await bundle('shell', join(root, 'src/sandbox/shell.ts'), [], [])
}

/** The version is that of the text and of `modules`, which the text loads. */
async function bundle(
  name: string,
  entry: string,
  modules: readonly Uint8Array[],
  plugins: Plugin[],
): Promise<void> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    minify: true,
    keepNames: false,
    legalComments: 'none',
    write: false,
    external: ['cloudflare:workers', './component.js', './modules.js', './bindgen.*.wasm'],
    plugins,
    logLevel: 'warning',
  })
  const text = result.outputFiles[0]?.text
  if (text === undefined) throw new Error(`${name}: esbuild wrote nothing`)
  await writeChanged(join(out, `${name}.js.txt`), text)
  const version = createHash('sha256').update(ISOLATE_DATE).update(text)
  for (const module of modules) version.update(module)
  await writeChanged(join(out, `${name}.version.txt`), version.digest('hex').slice(0, 16))
}

/**
 * jco ships bindgen as a module-level singleton that reads files and Node's WASI. Rewritten here into
 * `createBindgen(modules, wasi, instantiateCore)`, a fresh transpiler for each compile: one that panicked
 * stays broken. `generate` becomes asynchronous, so that its code may be suspended between two slices of fuel.
 * Each pattern must be found, so that another version of jco fails here and not in a hostile moment.
 */
async function bindgenFactory(): Promise<{ source: string; modules: [string, Uint8Array][] }> {
  let source = await readFile(join(vendor, `${BINDGEN}.js`), 'utf8')
  const replace = (
    what: string,
    pattern: RegExp,
    by: string | ((...m: string[]) => string),
    n = 1,
  ) => {
    const found = [...source.matchAll(new RegExp(pattern, 'g'))].length
    if (found !== n)
      throw new Error(`jco's bindgen changed: ${what} found ${found} times, not ${n}`)
    source = source.replace(new RegExp(pattern, 'g'), by as string)
  }
  const modules: [string, Uint8Array][] = [
    ['bindgen.core1.wasm', await readFile(join(vendor, `${BINDGEN}.core.wasm`))],
    ['bindgen.core2.wasm', await readFile(join(vendor, `${BINDGEN}.core2.wasm`))],
  ]
  replace(
    'imports of preview2-shim',
    /import \{[^}]*\} from '@bytecodealliance\/preview2-shim\/[a-z]+';\n/,
    '',
    4,
  )
  replace(
    'fetched modules',
    /fetchCompile\(new URL\('\.\/[a-z-]+\.(core2?)\.wasm', import\.meta\.url\)\)/,
    (_, core) => `Promise.resolve(modules[${core === 'core' ? 0 : 1}])`,
    2,
  )
  replace(
    'inlined modules',
    /base64Compile\('([A-Za-z0-9+/=]+)'\)/,
    (_, text) => {
      const index = modules.push([
        `bindgen.core${modules.length + 1}.wasm`,
        Buffer.from(text ?? '', 'base64'),
      ])
      return `Promise.resolve(modules[${index - 1}])`
    },
    2,
  )
  replace('node helper', /const isNode = [^\n]*\n/, '')
  replace('file reader', /let _fs;\nasync function fetchCompile \(url\) \{[\s\S]*?\n\}\n/, '')
  replace('base64 helper', /const base64Compile = [\s\S]*?\n\);\n/, '')
  replace('instantiation', /const instantiateCore = WebAssembly\.instantiate;\n/, '')
  replace(
    'generate',
    /function generate\(arg0, arg1\) \{([\s\S]*?)return _withGlobalCurrentTaskMeta\(\{([^{}]*)fn: \(\) => \{/,
    (_, before, meta) =>
      `async function generate(arg0, arg1) {${before}return _withGlobalCurrentTaskMetaAsync({${meta}fn: async () => {`,
  )
  replace(
    'call of generate',
    /ret = +_withGlobalCurrentTaskMeta\((\{[^{}]*fn: \(\) => exports1Generate\(ptr0\),\s*\})\)/,
    (_, call) => `ret = await _withGlobalCurrentTaskMetaAsync(${call})`,
  )
  replace(
    'export of generate',
    /exports1Generate = exports1\.generate;/,
    'exports1Generate = WebAssembly.promising(exports1.generate);',
  )
  replace('init', /export const \$init = /, 'const $init = ')
  replace(
    'exports',
    /export \{ generate, generateTypes, unpackWit,\s+\}\n/,
    'await $init\nreturn { generate }\n',
  )
  replace('util', /export const _util = \{\s*\}\s*$/, '')
  if (/^(import|export)\b/m.test(source) || source.includes('import(')) {
    throw new Error("jco's bindgen changed: an import or export is left")
  }
  const names =
    'environment, exit: exit$1, stderr, stdin, stdout, terminalInput, terminalOutput, terminalStderr, terminalStdin, terminalStdout, preopens, types, error, streams, random'
  return {
    source: `export async function createBindgen(modules, wasi, instantiateCore) {\nconst { ${names} } = wasi\n${source.replace('"use components";\n', '')}\n}\n`,
    modules,
  }
}

async function writeChanged(path: string, content: string | Uint8Array): Promise<void> {
  const before = await readFile(path).catch(() => null)
  if (before !== null && before.equals(Buffer.from(content))) return
  await writeFile(path, content)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildIsolates()
