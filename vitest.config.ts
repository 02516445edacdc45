// Eight projects: pure code in plain Node, the local stack's own parts, the Worker's parts in workerd, some of them in
// a runtime of their own, the same over stores that fail, the whole server over HTTP, and servers that a test starts
// and stops itself, or kills.
// Files of one project share a process (`isolate: false`): half of the time went into starting one for each.
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** The name in the clients' documents, which a test may change. */
let clientName = 'A client with a document'

/** The public keys in the document of the client that has some. */
let clientKeys: unknown = null

/** Addresses that the Worker asked since a test last looked. */
const asked: string[] = []

/** The world outside of the Worker: metadata documents of clients, good and bad, and nothing else. */
async function outside(request: {
  readonly url: string
  text(): Promise<string>
}): Promise<Response> {
  const { origin, pathname } = new URL(request.url)
  if (pathname === '/asked') return Response.json(asked.splice(0))
  asked.push(request.url)
  if (origin !== 'https://client.example') return unexpected()
  const document = {
    client_id: request.url,
    client_name: clientName,
    redirect_uris: ['http://127.0.0.1:9999/callback', 'https://client.example/callback'],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  switch (pathname) {
    case '/mcp.json':
      return Response.json(document)
    case '/name':
      clientName = await request.text()
      return new Response(null, { status: 204 })
    case '/keys':
      clientKeys = JSON.parse(await request.text())
      return new Response(null, { status: 204 })
    case '/signs.json':
      return Response.json({ ...document, ...SIGNS, jwks: { keys: [clientKeys] } })
    case '/inner-keys.json':
      return Response.json({ ...document, ...SIGNS, jwks_uri: 'https://10.0.0.1/keys.json' })
    case '/slow.json':
      await new Promise((resolve) => setTimeout(resolve, 3_500))
      return Response.json(document)
    case '/large.json':
      return Response.json({ ...document, padding: 'x'.repeat(6 * 1024) })
    case '/moved.json':
      return new Response(null, { status: 302, headers: { location: '/mcp.json' } })
    case '/page.json':
      return new Response(JSON.stringify(document), { headers: { 'content-type': 'text/html' } })
    case '/list.json':
      return Response.json([document])
    case '/other.json':
      return Response.json({ ...document, client_id: 'https://client.example/mcp.json' })
    case '/secret.json':
      return Response.json({ ...document, client_secret: 'known to everybody' })
    default:
      return unexpected()
  }
}

const SIGNS = {
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
}

/** In a way that no test expects. */
function unexpected(): Response {
  return new Response('unexpected request', { status: 599 })
}

/** What the Worker is told where it runs inside the tests. */
async function workerBindings() {
  return {
    MIGRATIONS: await readD1Migrations('migrations'),
    PUBLIC_URL: 'http://127.0.0.1:8787',
    OIDC_ISSUER: 'http://127.0.0.1:8788',
    OIDC_CLIENT_ID: 'wassette-edge',
    OIDC_CLIENT_SECRET: 'not-used-here',
    SIGN_IN_ALLOW: 's',
    SECRETS_KEY: Buffer.alloc(32, 'k').toString('base64'),
    AUDIT_KEY: Buffer.alloc(32, 'a').toString('base64'),
    EGRESS_UPSTREAMS: 'demo.test=http://upstream.invalid',
  }
}

/** The second that `expect.poll` waits by itself is short on a busy machine. */
const LATER = { poll: { timeout: 20_000 } }

/** Servers that are killed again and again. */
const KILLS = ['test/stacks/{crash,drive-crash,restart}.test.ts']

/** Files that replace modules, or load what others load under the same id in a form of their own. */
const ALONE = ['test/workerd/{begun-calls,fuel,load,stacks}.test.ts']

function workerd(): ReturnType<typeof cloudflareTest>[] {
  return [
    cloudflareTest(async () => ({
      wrangler: { configPath: './wrangler.toml' },
      remoteBindings: false,
      miniflare: {
        bindings: await workerBindings(),
        dataBlobBindings: {
          FETCH_WASM: 'components/fetch/fetch.wasm',
          PYTHON_WASM: 'components/python/python.wasm',
          TIME_WASM: 'components/time/time.wasm',
          TEXT_STATS_WASM: 'components/text-stats/text-stats.wasm',
          PROBE_WASM: 'test/fixtures/probe/probe.wasm',
          SOCKETS_WASM: 'test/fixtures/sockets/sockets.wasm',
          IO_WASM: 'test/fixtures/io/io.wasm',
          DRAFTS_WASM: 'test/fixtures/drafts/drafts.wasm',
          WASI3_WASM: 'test/fixtures/wasi3/wasi3.wasm',
        },
        // Nothing leaves: an unexpected request is answered in a way no test expects.
        outboundService: outside,
      },
    })),
  ]
}

/** About half of that work. */
const FAULTS_OF_PAGES = ['test/faults/{pages,sign-in}.test.ts']

/** The Worker over stores that fail when they are told to. */
function faulty(): ReturnType<typeof cloudflareTest>[] {
  return [
    cloudflareTest(async () => ({
      main: './test/faults/support/worker.ts',
      wrangler: { configPath: './wrangler.toml' },
      remoteBindings: false,
      miniflare: {
        bindings: await workerBindings(),
        dataBlobBindings: {
          FILESYSTEM_WASM: 'components/filesystem/filesystem.wasm',
          TEXT_STATS_WASM: 'components/text-stats/text-stats.wasm',
        },
        outboundService: outside,
      },
    })),
  ]
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'policy',
          isolate: false,
          include: [
            'test/{audit,policy,component,compiler,console,mcp,secrets,telemetry,tooling}/**/*.test.ts',
          ],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      './test/local/vitest.config.ts',
      {
        plugins: workerd(),
        test: {
          name: 'workerd',
          expect: LATER,
          include: ['test/workerd/**/*.test.ts', 'test/escape/workerd/*.test.ts'],
          exclude: ALONE,
          isolate: false,
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/support/guests.ts'],
        },
      },
      {
        plugins: workerd(),
        test: {
          name: 'workerd-alone',
          expect: LATER,
          include: ALONE,
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/support/guests.ts'],
        },
      },
      {
        plugins: faulty(),
        test: {
          name: 'faults',
          expect: LATER,
          include: ['test/faults/**/*.test.ts'],
          exclude: FAULTS_OF_PAGES,
          isolate: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: faulty(),
        test: {
          name: 'faults-of-pages',
          expect: LATER,
          include: FAULTS_OF_PAGES,
          isolate: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'server',
          expect: LATER,
          isolate: false,
          include: ['test/server/**/*.test.ts', 'test/escape/*.test.ts'],
          globalSetup: ['test/support/prepare.ts', 'test/support/stack.ts'],
          fileParallelism: false,
          setupFiles: ['test/support/connections.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'kills',
          expect: LATER,
          isolate: false,
          include: KILLS,
          globalSetup: ['test/support/prepare.ts'],
          fileParallelism: false,
          setupFiles: ['test/support/connections.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'stacks',
          expect: LATER,
          isolate: false,
          include: ['test/stacks/**/*.test.ts'],
          exclude: KILLS,
          globalSetup: ['test/support/prepare.ts'],
          fileParallelism: false,
          setupFiles: ['test/support/connections.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
