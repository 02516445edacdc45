// Signing in while the issuer, or D1, fails or hangs at one step: the person is told what to do, nobody is half signed
// in, and the next sign-in in the same browser goes on.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Person } from '../workerd/support/oauth.ts'
import type { Asked, Trouble } from './support/issuer.ts'
import { Issuer } from './support/issuer.ts'
import { everyStep, isPageFault } from './support/steps.ts'

let issuer: Issuer

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})
beforeEach(async () => {
  vi.restoreAllMocks()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  issuer = await Issuer.start()
})

const BEGIN = '/sign-in?return_to=%2Fconsole%2Fcalls'

/** Up to where the issuer sends the browser back to. */
async function begun(browser: Person, path = BEGIN): Promise<string> {
  const answer = await browser.send(path)
  expect(answer.status).toBe(302)
  return issuer.allow(answer.headers.get('location') ?? '')
}

async function expectSignsIn(browser: Person, path = BEGIN): Promise<void> {
  const answer = await browser.send(await begun(browser, path))
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/console/calls'])
  expect((await browser.send('/console')).status).toBe(200)
}

const isIn = async (browser: Person) => (await browser.send('/console')).status === 200

const peopleOf = async (subject: string): Promise<number> => {
  const sql = 'SELECT count(*) AS n FROM people WHERE subject = ?1'
  return (await env.DB.prepare(sql).bind(subject).first<number>('n')) ?? 0
}

/** Where the page leads on to. */
const linkIn = (html: string) =>
  /href="(\/sign-in\?[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? 'no link'

/** Anybody but `s` is let in by their address, which the issuer has to tell. */
const UNAVAILABLE: readonly Trouble[] = ['unreachable', 'hang', 'hang-in-body', 'cut-off', 500, 429]
const REFUSED: readonly Trouble[] = ['not-json', 'redirect', 404]
const TROUBLES = [...UNAVAILABLE, ...REFUSED]
const STEPS: readonly Asked[] = ['discovery', 'token', 'keys', 'userinfo']

describe.each(TROUBLES)('an issuer with trouble (%s)', (how) => {
  it('at the discovery that begins a sign-in says so, and is asked again', async () => {
    const browser = Person.unknown()
    issuer.trouble = { at: 'discovery', how }
    const page = await browser.send(BEGIN)
    expect([page.status, issuer.met]).toEqual([502, 1])
    const html = await page.text()
    expect(html).toContain('Try again in a moment')
    issuer.trouble = null
    await expectSignsIn(browser, linkIn(html))
  })

  it.each(STEPS)(
    'at the %s of a person lets nobody in, and leads back to the beginning',
    async (at) => {
      const browser = Person.unknown()
      issuer.subject = `${at}-${how}`
      const callback = await begun(browser)
      issuer.trouble = { at, how }
      const page = await browser.send(callback)
      expect([page.status, issuer.met]).toEqual([UNAVAILABLE.includes(how) ? 502 : 400, 1])
      expect(await isIn(browser)).toBe(false)
      expect(await peopleOf(issuer.subject)).toBe(0)
      issuer.trouble = null
      // It is used up.
      const again = await browser.send(callback)
      expect(again.status).toBe(400)
      expect(await again.text()).toContain('Begin again')
      await expectSignsIn(browser, linkIn(await page.text()))
      expect(await peopleOf(issuer.subject)).toBe(1)
    },
  )

  it('at UserInfo, of which only the name was wanted, lets the person in all the same', async () => {
    const browser = Person.unknown()
    const callback = await begun(browser)
    issuer.trouble = { at: 'userinfo', how }
    expect((await browser.send(callback)).status).toBe(302)
    expect(issuer.met).toBe(1)
    expect(await isIn(browser)).toBe(true)
  })
})

it('takes a time from an issuer that is no whole number of milliseconds', async () => {
  issuer.fraction = 1 / 16
  await expectSignsIn(Person.unknown())
})

it('leads back to a sign-in as fresh as the one that failed', async () => {
  const browser = Person.unknown()
  const callback = await begun(browser, `${BEGIN}&fresh`)
  issuer.trouble = { at: 'token', how: 500 }
  const link = linkIn(await (await browser.send(callback)).text())
  issuer.trouble = null
  const asked = new URL((await browser.send(link)).headers.get('location') ?? '').searchParams
  const ordinary = new URL((await browser.send(BEGIN)).headers.get('location') ?? '').searchParams
  expect(Number(asked.get('max_age'))).toBeLessThan(Number(ordinary.get('max_age')))
})

describe.each(['fail', 'hang'] as const)('d1 that %ss', (how) => {
  it('begins no sign-in, and begins the next', async () => {
    const struck = await everyStep(
      { key: 'worker', target: 'd1', how, ok: 302 },
      isPageFault,
      async () => {
        const browser = Person.unknown()
        return { run: () => browser.send(BEGIN), after: async () => await expectSignsIn(browser) }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })

  it('signs nobody in by half', async () => {
    const struck = await everyStep(
      { key: 'worker', target: 'd1', how, ok: 302 },
      isPageFault,
      async () => {
        const browser = Person.unknown()
        const callback = await begun(browser)
        return {
          run: () => browser.send(callback),
          after: async (answer, said) => {
            expect(await isIn(browser), said).toBe(answer.status === 302)
            await expectSignsIn(browser)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })

  it('leaves who was signed in in this browser signed in, until the other is', async () => {
    const struck = await everyStep(
      { key: 'worker', target: 'd1', how, ok: 302 },
      isPageFault,
      async () => {
        const browser = Person.unknown()
        issuer.subject = 's'
        await expectSignsIn(browser)
        issuer.subject = 'another'
        const callback = await begun(browser)
        return {
          run: () => browser.send(callback),
          after: async (answer, said) => {
            const html = await (await browser.send('/console')).text()
            if (answer.status === 302) expect(html, said).toContain('Name of another')
            // Done, and its answer lost: nobody is in.
            else if (!said.includes('after')) expect(html, said).toContain('Name of s')
            else expect(html, said).not.toContain('Name of another')
            await expectSignsIn(browser)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })

  it('lets nobody stay whom a sign-in shows to be out, or says that it did not', async () => {
    const struck = await everyStep(
      { key: 'worker', target: 'd1', how, ok: 403 },
      isPageFault,
      async () => {
        const browser = Person.unknown()
        Object.assign(issuer, { subject: 'leaver', domain: 'people.test' })
        await expectSignsIn(browser)
        issuer.domain = 'elsewhere.test'
        const other = Person.unknown()
        const callback = await begun(other)
        return {
          run: () => other.send(callback),
          after: async (answer, said) => {
            const told = answer.status === 403 ? answer : await other.send(await begun(other))
            expect(told.status, said).toBe(403)
            expect(await isIn(browser), said).toBe(false)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })

  it('signs a person out, or says that it did not', async () => {
    const struck = await everyStep(
      { key: 'worker', target: 'd1', how, ok: 200 },
      isPageFault,
      async () => {
        const browser = Person.unknown()
        issuer.subject = 's'
        await expectSignsIn(browser)
        const out = () => browser.send('/sign-out', {})
        return {
          run: out,
          after: async (answer, said) => {
            if (answer.status !== 200) expect((await out()).status, said).toBe(200)
            expect(await isIn(browser), said).toBe(false)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })
})
