// The Worker under `wrangler dev`: what it is told, how it is started, and when it counts as serving.
import { get } from 'node:http'
import path from 'node:path'
import { runGuarded, type Guarded } from './guarded.ts'
import type { Ports } from './ports.ts'
import type { Secrets } from './secrets.ts'
import { REPOSITORY, writeWhole, type StateDirectory } from './state.ts'
import { UsageError } from './usage-error.ts'

const WRANGLER = path.join(REPOSITORY, 'node_modules/wrangler/bin/wrangler.js')
const HEALTH_TIMEOUT_MS = 2_000

export type WorkerSettings = {
  /** The directory with wrangler.toml. */
  project: string
  state: StateDirectory
  port: number
  variables: Record<string, string>
  /** Secrets that wrangler.toml does not require: of tests, as everybody on the machine can read them. */
  optional?: Record<string, string>
}

/** The Worker's configuration for local work: the same variables a host sets for a deployment. */
export function workerVariables(
  ports: Ports,
  secrets: Secrets,
  issuer: string,
  upstreams: string | undefined,
  labels = 'ask, off by people',
): Record<string, string> {
  return {
    PUBLIC_URL: `http://127.0.0.1:${ports.PORT}`,
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'wassette-edge',
    OIDC_CLIENT_SECRET: secrets.clientSecret,
    SECRETS_KEY: secrets.masterKey,
    AUDIT_KEY: secrets.auditKey,
    SIGN_IN_ALLOW: 'alice,bob,host',
    HOST_SUBJECTS: 'host',
    RATE_LIMIT_EXEMPT: '127.0.0.1',
    EGRESS_UPSTREAMS: egressUpstreams(ports, upstreams),
    LABELS_MODE: labels,
  }
}

/** The demo origin under its name, and whatever the person who started us maps beside it. */
function egressUpstreams(ports: Ports, more: string | undefined): string {
  const demo = `demo.test=http://127.0.0.1:${ports.ORIGIN_PORT}`
  const added = (more ?? '').split(',').map((entry) => entry.trim())
  for (const entry of added) {
    if (entry !== '' && !/^([a-z0-9.-]+|\[[0-9a-f:]+\])=https?:\/\/[^\s'"$]+$/i.test(entry)) {
      throw new UsageError(
        `EGRESS_UPSTREAMS: ${JSON.stringify(entry)} is not name=http://host:port`,
      )
    }
  }
  return [demo, ...added].filter((entry) => entry !== '').join(',')
}

/** Written as an env file, because the arguments of a process are readable by everybody on the machine. */
export function writeWorkerEnv(state: StateDirectory, variables: Record<string, string>): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'`)
  writeWhole(state.workerEnv, `${lines.join('\n')}\n`)
}

export function startWorker(
  { project, state, port, variables, optional = {} }: WorkerSettings,
  onLine: (line: string) => void,
): Promise<Guarded> {
  const flags = {
    config: path.join(project, 'wrangler.toml'),
    ip: '127.0.0.1',
    port: String(port),
    'inspector-ip': '127.0.0.1',
    'inspector-port': '0',
    'persist-to': state.worker,
    'env-file': state.workerEnv,
    'show-interactive-dev-session': 'false',
  }
  const args = [
    ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ...Object.entries(optional).map(([name, value]) => `--var=${name}:${value}`),
  ]
  return runGuarded({
    command: process.execPath,
    args: [WRANGLER, 'dev', '--local', ...args],
    cwd: project,
    env: wranglerEnvironment(state, Object.keys(variables)),
    onLine,
  })
}

/**
 * Our own environment, with this Node first on the path for wrangler's build command, and without what the env file
 * says: once wrangler.toml lists required secrets, a variable of the same name in the environment would win over it.
 */
function wranglerEnvironment(state: StateDirectory, inEnvFile: string[]): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...quietWrangler(state) }
  for (const name of inEnvFile) delete env[name]
  const bin = path.join(REPOSITORY, 'node_modules/.bin')
  env.PATH = [bin, path.dirname(process.execPath), env.PATH].join(path.delimiter)
  return env
}

/** wrangler without telemetry, questions, look-ups on the network, or files outside our directory. */
export function quietWrangler(state: StateDirectory): Record<string, string> {
  return {
    CI: '1',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true', // The banner brings the check for updates with it.
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    WRANGLER_LOG_PATH: path.join(state.wrangler, 'logs'),
    WRANGLER_CACHE_DIR: path.join(state.wrangler, 'cache'),
    WRANGLER_REGISTRY_PATH: path.join(state.wrangler, 'registry'),
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    // Both would serve the stored data of every person to whoever asks, past the Worker's sign-in.
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
  }
}

export function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/health', agent: false, timeout: HEALTH_TIMEOUT_MS },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}
