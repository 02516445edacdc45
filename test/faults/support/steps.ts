// One attempt after another whose stores go wrong at the next step each, until one meets nothing any more.

import { expect } from 'vitest'
import * as z from 'zod'
import type { Plan, Target } from './faulty.ts'
import { heal, strike } from './faulty.ts'

export interface Attempt<A = Response> {
  /** Whose stores, where each attempt is of somebody else. */
  readonly key?: string
  readonly run: () => Promise<A>
  /** Once the stores work again. `said`: what went wrong, for messages; `met`: that something did. */
  readonly after: (answer: A, said: string, met: boolean) => Promise<void>
}

export interface Plans {
  /** Whose stores: a person's, or the Worker's. */
  readonly key: string
  readonly target: Target
  readonly how: Plan['how']
  /** Nothing is written: whether a read was done before its answer was lost is the same. */
  readonly isRead?: boolean
}

/** More than anything here takes. */
const MAX_STEPS = 40

/** How often something went wrong. An answer that is not well has to be a fault, by `judge`. */
export async function everyAttempt<A>(
  { key, target, how, isRead = false }: Plans,
  isWell: (answer: A) => boolean,
  judge: (answer: A, said: string) => Promise<void> | void,
  begin: () => Promise<Attempt<A>>,
): Promise<number> {
  // What hangs for ever was done or was not: what fails shows both.
  const moments = how === 'hang' || isRead ? (['before'] as const) : (['before', 'after'] as const)
  let struck = 0
  for (let step = 0; step < MAX_STEPS; step++) {
    for (const when of moments) {
      const whose = key === 'worker' ? key : 'account'
      const said = `${whose}: ${target} ${how} ${when} step ${step}`
      const { run, after, key: own = key } = await begin()
      strike(own, { target, step, how, when })
      const answer = await run()
      const met = heal(own)
      if (!isWell(answer)) {
        expect(met, `${said}: ${toldOf(answer)}`).toBe(true)
        await judge(answer, said)
      }
      await after(answer, said, met)
      if (!met) return struck
      struck += 1
    }
  }
  throw new Error(`there is no end to the steps of ${target}`)
}

const toldOf = (answer: unknown): string =>
  answer instanceof Response ? String(answer.status) : JSON.stringify(answer)

export interface Steps extends Plans {
  /** Status of an answer to whom nothing happened. */
  readonly ok: number
}

/** The same over HTTP. */
export async function everyStep(
  { ok, ...plans }: Steps,
  judge: (answer: Response, said: string) => Promise<void>,
  begin: () => Promise<Attempt>,
): Promise<number> {
  return await everyAttempt(
    plans,
    ({ status }) => status === ok,
    (answer, said) => judge(answer.clone(), said),
    begin,
  )
}

const OAuthError = z.strictObject({ error: z.string(), error_description: z.string() })
const ApiError = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string() }),
})

/** What a fault says of itself, and how: late stores with 503 and when to ask again. */
async function told(answer: Response, said: string, codes: readonly [string, string]) {
  const text = await answer.text()
  expect([500, 503], `${said}: ${answer.status} ${text}`).toContain(answer.status)
  const isLate = answer.status === 503
  expect(answer.headers.has('retry-after'), said).toBe(isLate)
  expect(text, said).not.toContain('is broken')
  return { text, code: isLate ? codes[0] : codes[1] }
}

export async function isOAuthFault(answer: Response, said: string): Promise<void> {
  const { text, code } = await told(answer, said, ['temporarily_unavailable', 'server_error'])
  expect(OAuthError.parse(JSON.parse(text)).error, said).toBe(code)
}

export async function isApiFault(answer: Response, said: string): Promise<void> {
  const { text, code } = await told(answer, said, ['store-late', 'internal'])
  expect(ApiError.parse(JSON.parse(text)).error.code, said).toBe(code)
}

export async function isPageFault(answer: Response, said: string): Promise<void> {
  const { text } = await told(answer, said, ['', ''])
  expect(answer.headers.get('content-type'), said).toContain('text/html')
  expect(text, said).toMatch(
    /Nothing was half-done; try again|the rest goes by itself|allowed by then is allowed/,
  )
}

export async function isRpcFault(answer: Response, said: string): Promise<void> {
  const { text, code } = await told(answer, said, ['store-late', 'internal'])
  const error = { code: -32603, data: { code } }
  expect(JSON.parse(text), said).toMatchObject({ jsonrpc: '2.0', id: 1, error })
}
