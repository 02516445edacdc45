// The fields of a form that was posted to a page. A form holds a decision, one value, or a picture.

import { readBounded } from '../bounded-body.ts'

/** The longest value of a variable, three bytes for each of it (URL encoding), and the other fields. */
export const MAX_FORM_BYTES = 128 * 1024

/** A form with a file of so many bytes at the most, whatever it calls itself; `file` `null`: none was sent. */
export async function readFile(
  request: Request,
  name: string,
  most: number,
): Promise<{ fields: ReadonlyMap<string, string>; file: Uint8Array | null } | null> {
  const form = await parsed(request, most + MAX_AROUND_BYTES)
  if (form === null) return null
  const sent = form.get(name)
  const file = typeof sent === 'string' || sent === null ? null : await sent.arrayBuffer()
  return { fields: fieldsOf(form), file: file === null ? null : new Uint8Array(file) }
}

/** Names and boundaries of a form with a file. */
const MAX_AROUND_BYTES = 4 * 1024

/** `null`: too large, or not a form. A field that was sent twice counts once; a file is no field. */
export async function readForm(
  request: Request,
  most: number = MAX_FORM_BYTES,
): Promise<ReadonlyMap<string, string> | null> {
  const form = await parsed(request, most)
  return form === null ? null : fieldsOf(form)
}

async function parsed(request: Request, most: number): Promise<FormData | null> {
  const bytes = await readBounded(request, most)
  if (bytes === null) return null
  const headers = { 'content-type': request.headers.get('content-type') ?? '' }
  const body = new Response(Uint8Array.from(bytes), { headers })
  return await body.formData().catch(() => null)
}

function fieldsOf(form: FormData): ReadonlyMap<string, string> {
  const fields = [...form].flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  )
  return new Map(fields)
}
