// A person's agent, a component under a policy of that person, and what comes of what the component tries.

import { expect } from 'vitest'
import { signInHeadless } from '../../local/oauth.ts'
import { Agent, consoleOf, denialsOf } from './agent.ts'
import { read } from './components.ts'
import { switchTo } from './labels.ts'

/** What came of trying: this, when it has happened, or why it was refused. */
export const ALLOWED = 'allowed'

export type Edges = readonly (readonly [edge: string, came: string])[]

export const network = (lines: string): string =>
  `version: "1.0"\npermissions:\n  network:\n${lines.replaceAll(/^/gm, '    ')}\n`
export const storage = (lines: string): string =>
  `version: "1.0"\npermissions:\n  storage:\n${lines.replaceAll(/^/gm, '    ')}\n`
export const ours = (rules: string): string =>
  `version: "1.0"\npermissions: {}\nx-wassette-edge: { ${rules} }\n`

const STEPS = {
  read: (path: string) => `open|0|${path}||read`,
  write: (path: string) => `mkdir|0|${path}`,
  look: (path: string) => `stat-at|0|${path}`,
}

export class Trial {
  readonly agent: Agent
  readonly #url: string
  readonly #token: string

  static async of(url: string, user: string): Promise<Trial> {
    const agent = await Agent.of(url, user)
    const { accessToken } = await signInHeadless({ serverUrl: url, user, scope: 'console' })
    // One client does all there is: what is refused here is refused by a policy.
    await switchTo(await consoleOf(url, user), agent, 'off')
    return new Trial(agent, url, accessToken)
  }

  private constructor(agent: Agent, url: string, token: string) {
    this.agent = agent
    this.#url = url
    this.#token = token
  }

  /** Nothing is loaded but the component that tries, as `io`. */
  async begin(): Promise<void> {
    await this.agent.startFresh()
    await this.agent.upload('io', read('test/fixtures/io/io.wasm'))
  }

  async end(): Promise<void> {
    await this.agent.startFresh()
    await this.agent.close()
  }

  /** As the person puts it: `io/policy`, `probe/environment/KEY`. */
  async put(path: string, body: string): Promise<void> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const place = `${this.#url}/api/components/${path}`
    const answer = await fetch(place, { method: 'PUT', headers, body })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    await answer.body?.cancel()
  }

  /** All names lead to listeners of this machine. */
  async request(method: string, target: string): Promise<string> {
    const result = await this.agent.call('send', { message: messageOf(method, target) })
    const text = JSON.stringify(result.structuredContent)
    if (text.includes('HTTP-request-denied')) return denialsOf(result).denials[0]?.reason ?? text
    return text.includes('"status":') ? ALLOWED : text
  }

  /** Opens what is there, makes a directory, or looks at what is there. */
  async touch(access: keyof typeof STEPS, path: string): Promise<string> {
    const result = await this.agent.call('files', { steps: [STEPS[access](path)] })
    const [said = ''] = (result.structuredContent as { result: string[] }).result
    if (said === 'access') return denialsOf(result).denials[0]?.reason ?? said
    return /^(1|ok|(file|directory) size=.*)$/.test(said) ? ALLOWED : said
  }

  /** Connects as a guest does: it looks the name up, and sends a request by itself. */
  async talk(name: string, port: number): Promise<string> {
    const text = 'GET / HTTP/1.0\r\n\r\n'
    const result = await this.agent.call('talk', { name, port, text })
    const said = JSON.stringify(result.structuredContent)
    if (said.includes('seen')) return ALLOWED
    return denialsOf(result).denials[0]?.reason ?? said
  }

  /** Directories, and files where the name has an ending, that are there whatever a policy says. */
  async make(paths: readonly string[]): Promise<void> {
    await this.put('io/policy', storage('allow:\n  - uri: fs:///\n    access: [read, write]'))
    const steps = paths.map((path) =>
      path.includes('.') ? `open|0|${path}|create|write` : `mkdir|0|${path}`,
    )
    const made = await this.agent.result('files', { steps })
    expect(String(made)).toMatch(/^((ok|exist|\d+)(,|$))*$/)
  }
}

export function messageOf(method: string, target: string) {
  return {
    method,
    url: target,
    headers: [],
    body: method === 'GET' || method === 'HEAD' ? null : 0,
    trailers: false,
    'connect-timeout': null,
    'first-byte-timeout': null,
    'between-bytes-timeout': null,
  }
}
