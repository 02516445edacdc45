// Runs a bundled Worker on a stack's state in a process of its own: by the options that `wrangler dev` would give
// the runtime, without its proxy, its bundler and what it watches. As a program:
// node bare-runtime.ts <bundled project> <directory of the Worker's state> <env file> <port>

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

type Options = Parameters<typeof convertV4MiniflareOptions>[0] & { readonly bindings: object }

const [project = '', state = '', envFile = '', port = ''] = process.argv.slice(2)
const options = JSON.parse(
  readFileSync(path.join(project, 'worker-options.json'), 'utf8'),
) as Options

const TYPES: Readonly<Record<string, 'CompiledWasm' | 'Text'>> = {
  '.wasm': 'CompiledWasm',
  '.txt': 'Text',
}
const others = readdirSync(project).flatMap((name) => {
  const type = TYPES[path.extname(name)]
  return type === undefined ? [] : [{ type, path: path.join(project, name) }]
})

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    ...options,
    bindings: { ...options.bindings, ...parseEnv(readFileSync(envFile, 'utf8')) },
    modules: [{ type: 'ESModule', path: path.join(project, 'index.js') }, ...others],
    modulesRoot: project,
    host: '127.0.0.1',
    port: Number(port),
    // `wrangler dev --persist-to` appends the v3 itself.
    resourcePersistencePath: path.join(state, 'v3'),
  } as Options),
)
await miniflare.ready
