// What a token may be for. None that an agent can use gives: a grant is written on a page by the signed-in
// person, or by them with a token of `console` alone.

export const SCOPES = {
  'tools:call': 'List and call the tools you have loaded, within what you granted them',
  'components:manage': 'Load and unload components, ask you for permissions, take permissions back',
  console:
    'Read the record of calls; set and delete values of variables, without reading them; describe services of your ' +
    'own and end connections; for the host of this server, publish to the catalogue, describe services and say what components may do at the most; asked for alone, write ' +
    'policies for your components',
} as const

export type Scope = keyof typeof SCOPES

export const ALL_SCOPES = Object.keys(SCOPES) as Scope[]

/** What an MCP client asks for when it has no opinion of its own. */
export const AGENT_SCOPES: readonly Scope[] = ['tools:call', 'components:manage']

export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text)
}
