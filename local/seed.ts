// Brings the local state up to date: D1 migrated, our example components in the catalogue. `npm start` runs it before
// every start of the Worker; `node local/seed.ts` runs it alone, while nothing else uses the state.
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openBindings } from './bindings.ts'
import { seedCatalogue } from './catalogue.ts'
import { alreadyRunning, liveHolder } from './lock.ts'
import { applyMigrations } from './migrate.ts'
import { createState, REPOSITORY, stateDirectory, stateIn, type StateDirectory } from './state.ts'
import { endWith, UsageError } from './usage-error.ts'
import { quietWrangler } from './worker.ts'

export type Seeded = { migrations: string[]; components: string[] }

/** `project` holds wrangler.toml, `migrations/` and `components/`. */
export async function seed(project: string, state: StateDirectory): Promise<Seeded> {
  createState(state)
  Object.assign(process.env, quietWrangler(state)) // wrangler's API reads its switches from there.
  const bindings = await openBindings(project, state)
  try {
    const migrations = await applyMigrations(bindings)
    const components = await seedCatalogue(bindings, path.join(project, 'components'))
    return { migrations, components }
  } finally {
    await bindings.close()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      project: { type: 'string', default: REPOSITORY },
      state: { type: 'string' },
      /** The process that holds the lock and runs us under it. */
      holder: { type: 'string' },
    },
  })
  const state = values.state ? stateIn(path.resolve(values.state)) : stateDirectory()
  const holder = liveHolder(state)
  if (holder && String(holder.pid) !== values.holder) {
    throw new UsageError(alreadyRunning(holder, state))
  }
  const { migrations, components } = await seed(path.resolve(values.project), state)
  console.log(`migrations applied: ${migrations.join(', ') || 'none missing'}`)
  console.log(`catalogue: ${components.join(', ') || 'no built components'}`)
}

if (import.meta.main) await main().catch(endWith)
