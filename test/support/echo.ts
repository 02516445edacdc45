// What a server does that repeats its requests: the head of one, in a form of somebody's choice, as the body and in
// a header of the answer.

import { gzipSync } from 'node:zlib'

const FORMS: Readonly<Record<string, (head: string) => string>> = {
  plain: (head) => head,
  base64: (head) => Buffer.from(head).toString('base64'),
  base64url: (head) => Buffer.from(head).toString('base64url'),
  hex: (head) => Buffer.from(head).toString('hex'),
  url: (head) => encodeURIComponent(head),
  'every-byte': (head) =>
    [...Buffer.from(head)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  json: (head) => JSON.stringify(head),
}

/** For `/echo/<form>`; with `-gzip` behind it compressed. `null`: it is no such request. */
export function echoOf(request: string): Buffer[] | null {
  const head = request.split('\r\n\r\n', 1)[0] ?? ''
  const [, name = '', gzip] = /^\S+ \/echo\/([a-z0-9]+(?:-byte)?)(-gzip)?[? ]/.exec(head) ?? []
  const form = FORMS[name]
  if (form === undefined) return null
  const body = Buffer.from(form(head))
  const sent = gzip === undefined ? body : gzipSync(body)
  const fields = [
    'HTTP/1.1 200 OK',
    'connection: close',
    `content-length: ${sent.length}`,
    `x-echo: ${FORMS[name === 'json' ? 'url' : name]?.(head).replaceAll(/\s/g, ' ')}`,
    ...(gzip === undefined ? [] : ['content-encoding: gzip']),
  ]
  const whole = Buffer.concat([Buffer.from(`${fields.join('\r\n')}\r\n\r\n`), sent])
  // In pieces that end wherever they end.
  const pieces: Buffer[] = []
  for (let at = 0; at < whole.length; at += 61) pieces.push(whole.subarray(at, at + 61))
  return pieces
}
