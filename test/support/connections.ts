// Node keeps an idle connection for about as long as workerd does, and longer on a busy machine: a request on one that
// the server is just closing fails. Ours are closed first.

import { Agent, setGlobalDispatcher } from 'undici'

const IDLE_MS = 1_000

setGlobalDispatcher(new Agent({ keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS }))
