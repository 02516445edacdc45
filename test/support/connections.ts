// The server closes a connection that was idle for some seconds; a request that is sent on it just then fails, and a test
// that was held up for as long as that cannot know. Each of ours has a connection of its own.

import { Agent, setGlobalDispatcher } from 'undici'

setGlobalDispatcher(new Agent({ pipelining: 0 }))
