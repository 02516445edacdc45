// The fields of a form that was posted to a page. Forms hold a decision or one value, never a file.

import { readBounded } from '../bounded-body.ts'

/** The longest value of a variable, three bytes for each of it (URL encoding), and the other fields. */
export const MAX_FORM_BYTES = 128 * 1024

/** `null`: too large, or not a form. A field that was sent twice counts once; a file is no field. */
export async function readForm(request: Request): Promise<ReadonlyMap<string, string> | null> {
  const bytes = await readBounded(request, MAX_FORM_BYTES)
  if (bytes === null) return null
  const headers = { 'content-type': request.headers.get('content-type') ?? '' }
  const body = new Response(Uint8Array.from(bytes), { headers })
  const form = await body.formData().catch(() => null)
  if (form === null) return null
  const fields = [...form].flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  )
  return new Map(fields)
}
