// A person's agent and the person at the console, as most tests need them: signed in through the whole flow,
// then a few words for what is said often.

import type {
  CallToolResult,
  ElicitRequestFormParams,
  ElicitRequestURLParams,
  ElicitResult,
  VersionNegotiationMode,
} from '@modelcontextprotocol/client'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import * as z from 'zod'
import { Browser } from '../../local/browser.ts'
import type { SignedIn } from '../../local/oauth.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { signInToConsole } from '../../local/sign-in.ts'

export const AGENT_SCOPE = 'tools:call components:manage'

export interface AgentOptions {
  readonly scope?: string
  /** `auto`, the default, speaks 2026-07-28; `legacy` opens a session of 2025-11-25. */
  readonly mode?: VersionNegotiationMode
  readonly clientName?: string
  /** What the person answers to a form: the client then says that it shows forms. */
  readonly answers?: (form: ElicitRequestFormParams) => ElicitResult | Promise<ElicitResult>
  /** What the person does about a page: the client then says that it opens pages. */
  readonly opens?: (page: ElicitRequestURLParams) => ElicitResult | Promise<ElicitResult>
}

/** An MCP client of SDK 2.x that acts for a person with an access token of its own. */
export class Agent {
  readonly serverUrl: string
  readonly signedIn: SignedIn
  readonly client: Client
  readonly transport: StreamableHTTPClientTransport
  #giving: (() => Promise<SignedIn>) | null = null

  static async of(serverUrl: string, user: string, options: AgentOptions = {}): Promise<Agent> {
    const { scope = AGENT_SCOPE, clientName = `${user}'s agent` } = options
    const signedIn = await signInHeadless({ serverUrl, user, scope, clientName })
    const agent = await Agent.with(serverUrl, signedIn, options)
    const once = { serverUrl, user, scope: 'console', clientName: `${user}'s own hand` }
    let giving: Promise<SignedIn> | null = null
    agent.#giving = () => (giving ??= signInHeadless(once))
    return agent
  }

  /** Another connection with a token that is there already. */
  static async with(
    serverUrl: string,
    signedIn: SignedIn,
    options: AgentOptions = {},
  ): Promise<Agent> {
    const agent = new Agent(serverUrl, signedIn, options)
    await agent.client.connect(agent.transport)
    return agent
  }

  private constructor(
    serverUrl: string,
    signedIn: SignedIn,
    { mode = 'auto', answers, opens }: AgentOptions,
  ) {
    this.serverUrl = serverUrl
    this.signedIn = signedIn
    const shown = { ...(answers && { form: {} }), ...(opens && { url: {} }) }
    this.client = new Client(
      { name: 'agent', version: '1.0.0' },
      {
        versionNegotiation: { mode },
        capabilities: answers || opens ? { elicitation: shown } : {},
      },
    )
    if (answers || opens) {
      this.client.setRequestHandler('elicitation/create', async ({ params }) => {
        const isPage = params.mode === 'url'
        const shows = isPage
          ? opens?.(params as ElicitRequestURLParams)
          : answers?.(params as ElicitRequestFormParams)
        if (shows === undefined) throw new Error(`${params.mode} was not declared`)
        return await shows
      })
    }
    this.transport = new StreamableHTTPClientTransport(new URL('/mcp', serverUrl), {
      authProvider: { token: async () => signedIn.accessToken },
    })
  }

  get token(): string {
    return this.signedIn.accessToken
  }

  /** `signal` gives it up: the SDK waits a minute for the rest of a stream whose server is gone. */
  async call(
    name: string,
    args: Record<string, unknown> = {},
    options: { readonly signal?: AbortSignal; readonly timeout?: number } = {},
  ): Promise<CallToolResult> {
    return await this.client.callTool({ name, arguments: args }, options)
  }

  /** A built-in tool that has to succeed: its structured answer. */
  async value(
    name: string,
    args: Record<string, unknown> = {},
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Record<string, unknown>> {
    const result = await this.call(name, args, options)
    if (result.isError === true) throw new Error(`${name}: ${textOf(result)}`)
    return z.record(z.string(), z.unknown()).parse(result.structuredContent)
  }

  /** A component's tool that has to succeed: the `result` of its structured answer. */
  async result(name: string, args: Record<string, unknown> = {}): Promise<unknown> {
    return (await this.value(name, args))['result']
  }

  async load(path: string): Promise<Loaded> {
    return Loaded.parse(await this.value('load-component', { path }))
  }

  async toolNames(): Promise<string[]> {
    const { tools } = await this.client.listTools(undefined, { cacheMode: 'bypass' })
    return tools.map((tool) => tool.name)
  }

  async components(): Promise<Component[]> {
    const all: Component[] = []
    for (let cursor: string | undefined; ;) {
      const page = ComponentList.parse(
        await this.value('list-components', cursor === undefined ? {} : { cursor }),
      )
      all.push(...page.components)
      cursor = page.next_cursor
      if (cursor === undefined) return all
    }
  }

  /** Unloads everything, so that a file starts from nothing: also without what its person denied or limited. */
  async startFresh(): Promise<void> {
    for (const { id } of await this.components()) {
      const { rules } = Policy.parse(await this.value('get-policy', { component_id: id }))
      const narrows = rules.some(
        ({ effect, permission_type: kind }) => effect === 'deny' || kind === 'limit',
      )
      if (narrows) {
        const lifted = await this.give(`/api/components/${id}/policy`, { method: 'DELETE' })
        if (!lifted.ok) throw new Error(`${id} stays narrowed: ${lifted.status}`)
      }
      await this.value('unload-component', { id })
    }
  }

  /** A request to the JSON API with the agent's token. */
  async api(path: string, init: RequestInit = {}): Promise<Response> {
    return await this.#send(path, init, this.token)
  }

  /** The same by their person, with a token of the console alone that another client has: what gives takes that. */
  async give(path: string, init: RequestInit = {}): Promise<Response> {
    if (this.#giving === null) throw new Error('whose agent it is, is not known')
    return await this.#send(path, init, (await this.#giving()).accessToken)
  }

  async #send(path: string, init: RequestInit, token: string): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    return await fetch(new URL(path, this.serverUrl), { ...init, headers })
  }

  async upload(name: string, bytes: Uint8Array): Promise<Response> {
    return await this.api(`/api/components/${name}`, { method: 'PUT', body: bytesBody(bytes) })
  }

  async close(): Promise<void> {
    await this.client.close()
  }
}

/** The browser of a person who is signed in to the console. */
export async function consoleOf(serverUrl: string, user: string): Promise<Browser> {
  const browser = new Browser()
  await signInToConsole(browser, serverUrl, user)
  return browser
}

/** Signs in at the provider and hands back what our server puts into the browser, as a Cookie header. */
export async function consoleCookie(serverUrl: string, user: string): Promise<string> {
  const browser = new Browser({ stopAt: ({ pathname }) => pathname === '/sign-in/callback' })
  const who = await browser.open(new URL('/console', serverUrl))
  const { url } = await browser.press(who, 'login', user)
  return cookieHeader((await browser.fetch(url)).headers)
}

/** The Cookie header of a browser that got these Set-Cookie headers. */
export function cookieHeader(headers: Headers): string {
  const pairs = headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '')
  return pairs.filter((pair) => !pair.endsWith('=')).join('; ')
}

/** The person opens the link of a refused call and presses a button. */
export async function decide(
  browser: Browser,
  refused: CallToolResult,
  decision: 'allow' | 'deny',
): Promise<void> {
  await decideAt(browser, linkOf(refused), decision, { life: 'always' })
}

/** The person chooses the host that a request was refused for, whatever the path and the method. */
export async function decideHost(browser: Browser, refused: CallToolResult): Promise<void> {
  const rule = /https?:\/\/[^/]+\//.exec(denialsOf(refused).approvals[0]?.rule ?? '')?.[0] ?? ''
  await decideAt(browser, linkOf(refused), 'allow', { life: 'always', rule })
}

/** The same at a link, with what the person chose beside the button. */
export async function decideAt(
  browser: Browser,
  link: string,
  decision: 'allow' | 'deny',
  fields: Record<string, string> = {},
): Promise<void> {
  const page = await browser.open(link)
  const decided = await browser.press(page, 'decision', decision, fields)
  if (decided.status !== 200) throw new Error(`the decision was answered with ${decided.status}`)
}

export function textOf(result: CallToolResult): string {
  return result.content.map((block) => (block.type === 'text' ? block.text : block.type)).join('\n')
}

/** Our own typed error of a result: `{code, …}`. */
export function errorOf(result: CallToolResult): Record<string, unknown> | undefined {
  return ErrorMeta.parse(result._meta?.['wassette-edge/error'])
}

export function denialsOf(result: CallToolResult): z.infer<typeof DenialMeta> {
  return DenialMeta.parse(result._meta?.['wassette-edge/denials'])
}

/** The one link of a refused call, as its text and its fields both say. */
export function linkOf(result: CallToolResult): string {
  const [approval, ...more] = denialsOf(result).approvals
  if (approval === undefined || more.length > 0) throw new Error('not one question')
  if (!textOf(result).includes(approval.url)) throw new Error('the text lacks the link')
  return approval.url
}

/** What `fetch` takes as a body, whatever the bytes are a part of. */
export function bytesBody(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes)
}

const Policy = z.looseObject({
  rules: z.array(z.looseObject({ effect: z.string(), permission_type: z.string() })),
})

const ErrorMeta = z.looseObject({ code: z.string() }).optional()

const DenialMeta = z.strictObject({
  denials: z.array(
    z.looseObject({
      reason: z.string(),
      permission: z.string(),
      host: z.string().optional(),
      port: z.number().optional(),
    }),
  ),
  approvals: z.array(z.strictObject({ id: z.string(), rule: z.string(), url: z.string() })),
  connect_url: z.string().optional(),
})

const Loaded = z.strictObject({
  status: z.string(),
  id: z.string(),
  tools: z.array(z.string()),
  renamed: z.record(z.string(), z.string()),
  proposal_url: z.string().optional(),
  wished_variables: z.array(z.string()).optional(),
})
export type Loaded = z.infer<typeof Loaded>

const Component = z.looseObject({
  id: z.string(),
  tools_count: z.number(),
  source: z.string(),
  digest: z.string(),
  imports: z.array(z.string()),
})
export type Component = z.infer<typeof Component>
const ComponentList = z.strictObject({
  components: z.array(Component),
  total: z.number(),
  next_cursor: z.string().optional(),
})
