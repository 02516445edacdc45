// What a token may be for. None that an agent can use gives: a grant is written on a page by the signed-in
// person, or by them with a token of `console` alone.

export const SCOPES = {
  'tools:call': 'List and call the tools you have loaded, within what you granted them',
  'components:manage': 'Load and unload components, ask you for permissions, take permissions back',
  console:
    'Read the record of calls, the audit, your policies and clients, and which variables, secrets, connections and ' +
    'services there are; delete values of variables and secrets, end connections, remove services of your own; for the ' +
    'host of this server, read who its people are and what components may do at the most. Asked for alone, by a client ' +
    'that calls no tools for you, and for 15 minutes from your sign-in: write policies for your components and take ' +
    'them back, set values of variables and secrets without reading them, describe services of your own, end clients; ' +
    'for the host, publish to the catalogue, describe services, say what components may do at the most, suspend ' +
    'people, let them in again and delete them',
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
