// What a guest wrote and left open is saved when its call has succeeded. A stub that the guest lets go of, or
// that the runtime lets go of with the call, ends the object behind it: were what was written to end with
// it, a call would answer that all is well and have saved nothing. And a stub that was kept saves nothing
// later on.

import { expect, it } from 'vitest'
import { later, owned, run } from './support/owned.ts'
import { world } from './support/world.ts'

const WRITE = `
  const open = { create: true, exclusive: false, truncate: false, directory: false, read: true, write: true }
  for (const path of ['a', 'bb', 'ccc']) {
    const opened = await held.drive.open(path, open)
    await held.drive.write(opened.value.handle, 0, new TextEncoder().encode('new'))
  }`
const commits = (done: readonly string[]) => done.filter((one) => one.startsWith('drive commit'))

it.each(['', 'held.drive[Symbol.dispose]()'])('saves every file after %j', async (ending) => {
  const { held, done } = world()
  expect(await run(owned(`${WRITE}; ${ending}; return answer(1)`), held)).toMatchObject({
    tag: 'ok',
  })
  await later(200)
  expect(await held.drive.save()).toBeNull()
  expect(commits(done)).toEqual(['drive commit 2', 'drive commit 3', 'drive commit 4'])
})

it('does not let the guest save, in its call or after it', async () => {
  const { held, done, end } = world()
  const body = `${WRITE}
    const drive = held.drive.dup?.() ?? held.drive
    const save = () => Promise.resolve().then(() => drive.save()).catch(() => {})
    await save()
    this.ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 100)).then(save))
    return answer(1)`
  expect(await run(owned(body), held)).toMatchObject({ tag: 'ok' })
  end()
  await later(400)
  expect(commits(done)).toEqual([])
})
