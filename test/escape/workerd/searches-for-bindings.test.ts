// An isolate that was given a database, a secret or a way back to its maker would keep it under one of a few
// names. A guest looks under all of them.

import { expect, it } from 'vitest'
import { owned, valueOf } from './support/owned.ts'

it('finds an empty environment and nobody to call', async () => {
  const told = await valueOf(
    owned(`
      return answer({
        env: Object.keys(this.env ?? {}),
        moduleEnv: Object.keys(workers.env ?? {}),
        exports: Object.keys(this.ctx.exports ?? {}),
        props: Object.keys(this.ctx.props ?? {}),
        process: Object.keys(globalThis.process?.env ?? {}),
        globals: ['LOADER', 'DB', 'STORE', 'KV', 'OAUTH_KV', 'ACCOUNT', 'ASSETS', 'Deno', 'require']
          .filter((name) => name in globalThis),
        held: Object.entries(held).filter(([, one]) => one !== null).map(([name]) => name),
      })`),
  )
  expect(told).toEqual({
    env: [],
    moduleEnv: [],
    exports: expect.toSatisfy((names: string[]) => names.every((name) => name === 'default')),
    props: [],
    process: [],
    globals: [],
    held: [],
  })
})
