// The local stack's own tests, in plain Node. They start real servers and real runtimes on free ports.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'local',
    include: ['test/local/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
