// What a token may be for. None that an agent can use gives: a grant is written on a page by the signed-in
// person, or by them with a token of `console` alone.

export const SCOPES = {
  'tools:call': 'List and call the tools you have loaded, within what you granted them',
  'components:manage': 'Load and unload components, ask you for permissions, take permissions back',
  console:
    'Read the record of calls; delete values of variables and end connections. Asked for alone, by a client that calls ' +
    'no tools for you, and for 15 minutes from your sign-in: write policies for your components, set values of ' +
    'variables and secrets without reading them, describe services of your own; for the host of this server, publish ' +
    'to the catalogue, describe services and say what components may do at the most',
} as const

export type Scope = keyof typeof SCOPES

export const ALL_SCOPES = Object.keys(SCOPES) as Scope[]

/** What an MCP client asks for when it has no opinion of its own. */
export const AGENT_SCOPES: readonly Scope[] = ['tools:call', 'components:manage']

/** What this alone is agreed to may give (`http/giving.ts`). */
export function isConsole(scope: string): boolean {
  return scope === 'console'
}

export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text)
}
