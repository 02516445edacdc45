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
    ...TABLES.map((table) => db.prepare(`DELETE FROM ${table} WHERE ${whose(table)} = ?1`)),
    db.prepare('DELETE FROM people WHERE id = ?1'),
  ].map((statement) => statement.bind(person))
}

function whose(table: (typeof TABLES)[number]): string {
  const ofCall = '(SELECT person FROM calls WHERE calls.id = host_calls.call)'
  return table === 'host_calls' ? ofCall : 'person'
}
