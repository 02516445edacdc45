// npm run reset: back to an empty server. Refuses while one runs with this state.
import { rmdirSync } from 'node:fs'
import { alreadyRunning, liveHolder } from './lock.ts'
import { emptyState, stateDirectory } from './state.ts'
import { endWith, UsageError } from './usage-error.ts'

async function main(): Promise<void> {
  const state = stateDirectory()
  const holder = liveHolder(state)
  if (holder) throw new UsageError(alreadyRunning(holder, state))
  emptyState(state)
  try {
    rmdirSync(state.root) // Fails, rightly, when something lies there that is not ours.
  } catch {}
  console.log(`${state.root} is empty; \`npm start\` begins anew`)
}

if (import.meta.main) await main().catch(endWith)
