// Every row of D1 that is about one person, in the order in which rows may go. The audit has none: its rows
// name a chain.

/** Those of other tables that name these go first. */
const TABLES = [
  'usages',
  'grant_uses',
  'call_words',
  'host_calls',
  'call_hosts',
  'calls',
  'grants',
  'approvals',
  'waiting',
  'mutes',
  'muted_clients',
  'tools',
  'installs',
  'variables',
  'connections',
  'services',
  'secrets',
  'icons',
  'person_keys',
  'console_sessions',
  'ended_clients',
  'agent_clients',
  'oauth_grants',
] as const

/** One batch. */
export function forgettingOf(db: D1Database, person: string): D1PreparedStatement[] {
  return [
    ...TABLES.map((table) => db.prepare(`DELETE FROM ${table} WHERE ${isTheirs(table)}`)),
    db.prepare('DELETE FROM people WHERE id = ?1'),
  ].map((statement) => statement.bind(person))
}

/** By an index each: D1 gives a batch half a minute, however many rows others have. */
function isTheirs(table: (typeof TABLES)[number]): string {
  const ofCall = 'call IN (SELECT id FROM calls WHERE person = ?1)'
  return table === 'host_calls' ? ofCall : 'person = ?1'
}
