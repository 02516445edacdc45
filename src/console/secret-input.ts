// A secret as a person sends it, from the form of its page or as JSON. Only its shape is read here.

import * as z from 'zod'
import type { NewSecret } from '../account/secrets.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { BindingInput } from '../policy/secret.ts'

/** Of a body, how many places that are wrong are named. */
const MAX_PATHS = 8

/** `null`: not a form of the page. */
export function secretFromForm(name: string, form: ReadonlyMap<string, string>): NewSecret | null {
  const lines = (form.get('hosts') ?? '').split(/\r?\n/).map((line) => line.trim())
  const placeholder = form.get('placeholder')?.trim() ?? ''
  const field = (of: string) => form.get(of) ?? ''
  const placements: Readonly<Record<string, unknown>> = {
    header: { kind: 'header', name: field('header'), prefix: field('prefix') },
    query: { kind: 'query', name: field('parameter') },
    basic: { kind: 'basic', user: field('user') },
  }
  const binding = BindingInput.safeParse({
    hosts: lines.filter((line) => line !== ''),
    placement: Object.hasOwn(placements, field('placement'))
      ? placements[field('placement')]
      : undefined,
    placeholder: placeholder === '' ? null : placeholder,
  })
  const value = form.get('value')
  return binding.success && value !== undefined ? { name, value, binding: binding.data } : null
}

const Body = BindingInput.extend({ value: z.string() })

/** An error names the places that are wrong, never what stands there: it may be the value. */
export function secretFromJson(
  name: string,
  bytes: Uint8Array,
): Result<NewSecret, readonly string[]> {
  const body = Body.safeParse(parsed(bytes))
  if (!body.success) {
    return err(body.error.issues.slice(0, MAX_PATHS).map(({ path }) => path.join('.')))
  }
  const { value, ...binding } = body.data
  return ok({ name, value, binding })
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    return undefined
  }
}
