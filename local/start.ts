// npm start: everything on this machine, until Ctrl-C.
import { onParentGone } from './parent.ts'
import { readPorts, type Ports } from './ports.ts'
import { runStack, type StackParts } from './stack.ts'
import { REPOSITORY, stateDirectory, type StateDirectory } from './state.ts'
import { telemetryVariables } from './telemetry.ts'
import { endWith } from './usage-error.ts'

export async function start(
  project: string,
  env: NodeJS.ProcessEnv,
  parts: Partial<StackParts> = {},
): Promise<void> {
  const ports = readPorts(env)
  const state = stateDirectory(env)
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  onParentGone(stop)

  console.log('Starting wassette-edge …')
  await runStack({
    project,
    state,
    ports,
    upstreams: env.EGRESS_UPSTREAMS,
    variables: {
      ...telemetryVariables(env),
      ...(env.LABELS_MODE ? { LABELS_MODE: env.LABELS_MODE } : {}),
    },
    signal: stopping.signal,
    say: (line) => console.error(line),
    onServing: () => console.log(welcome(ports, state)),
    ...parts,
  })
  console.log('Stopped.')
  process.exit(0)
}

function welcome(ports: Ports, state: StateDirectory): string {
  const server = `http://127.0.0.1:${ports.PORT}`
  return `
wassette-edge serves on this machine only.

  MCP server   ${server}/mcp
  Console      ${server}/console
  People       alice, bob, and host, who runs the server (no passwords: http://127.0.0.1:${ports.IDENTITY_PORT} is local)
  Demo origin  http://demo.test/hello for components; http://127.0.0.1:${ports.ORIGIN_PORT}/hello for you
  State        ${state.root} (\`npm run reset\` empties it)
  Log          ${state.workerLog}

  A token      npm run token -- --user alice
  Stop         Ctrl-C
`
}

if (import.meta.main) await start(REPOSITORY, process.env).catch(endWith)
