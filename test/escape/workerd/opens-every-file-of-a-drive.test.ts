// A call may open many thousand files one after the other. Whatever was remembered of each would be memory
// of the process that serves everybody: a file that is closed and saved is forgotten.

import { expect, it } from 'vitest'
import { owned, valueOf } from './support/owned.ts'
import { world } from './support/world.ts'

it('sees a file anew when it opens it again', async () => {
  const made = world()
  // The first round trip of the second reading changes what the file holds.
  made.onStat = () => (made.content = 'second')
  const told = await valueOf(
    owned(`
      const read = async () => {
        const opened = await held.drive.open('x', { create: false, exclusive: false, truncate: false,
          directory: false, read: true, write: false })
        const bytes = await held.drive.read(opened.value.handle, 0, 100)
        await held.drive.close(opened.value.handle)
        return new TextDecoder().decode(bytes.value)
      }
      return answer([await read(), (await held.drive.stat('x')).ok, await read()])`),
    made.held,
  )
  expect(told).toEqual(['first', true, 'second'])
})

it('has 64 open at a time', async () => {
  const { held } = world()
  const told = await valueOf(
    owned(`
      const told = []
      for (let i = 0; i < 70; i += 1) {
        const opened = await held.drive.open('x', { create: false, exclusive: false, truncate: false,
          directory: false, read: true, write: false })
        told.push(opened.ok ? 'open' : opened.error)
      }
      return answer(told.filter((one) => one === 'open').length + ' ' + told.at(-1))`),
    held,
  )
  expect(told).toBe('64 quota')
})
