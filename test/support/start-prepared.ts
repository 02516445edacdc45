// `npm start` of a test: the same stack around the same Worker and runtime, from what the run has prepared, without
// wrangler between.

import { start } from '../../local/start.ts'
import { REPOSITORY } from '../../local/state.ts'
import { endWith } from '../../local/usage-error.ts'
import { runBareWorker } from './bare-worker.ts'
import { preparedBundle, seedPrepared } from './prepared.ts'

await start(REPOSITORY, process.env, {
  seed: seedPrepared,
  startWorker: ({ state, port }, onLine) => runBareWorker(preparedBundle(), state, port, onLine),
}).catch(endWith)
