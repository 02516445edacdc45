// wasi:http/types `fields`: HTTP headers as a guest builds and reads them.

/** Most headers, and most bytes in all, that one `fields` holds (workerd's own limit is 128 KB). */
const MAX_FIELDS = 256
const MAX_FIELD_BYTES = 64 * 1024

/** Headers that only the connection may set; the same nine as Wassette's host. */
const FORBIDDEN = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'host',
  'http2-settings',
])

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/
const utf8 = new TextEncoder()

export type HeaderError = { readonly tag: 'invalid-syntax' | 'forbidden' | 'immutable' }
export type Header = readonly [name: string, value: Uint8Array]

export class Fields {
  #entries: Header[] = []
  #mutable = true

  static fromList(entries: readonly Header[]): Fields {
    const fields = new Fields()
    for (const [name, value] of entries) fields.append(name, value)
    return fields
  }

  /** Headers we received: no rule of ours about their names, and not to be changed. */
  static received(entries: readonly (readonly [string, string])[]): Fields {
    const fields = new Fields()
    fields.#entries = entries.map(([name, value]) => [name, utf8.encode(value)])
    return fields.frozen()
  }

  get(name: string): Uint8Array[] {
    const key = name.toLowerCase()
    return this.#entries.flatMap(([n, value]) => (n.toLowerCase() === key ? [value] : []))
  }

  has(name: string): boolean {
    return this.get(name).length > 0
  }

  /** All of it or nothing. */
  set(name: string, values: readonly Uint8Array[]): void {
    this.#change(name)
    if (values.some((value) => value.some(isControl))) refuse('invalid-syntax')
    const before = this.#entries
    this.delete(name)
    try {
      for (const value of values) this.append(name, value)
    } catch (refusal) {
      this.#entries = before
      throw refusal
    }
  }

  delete(name: string): void {
    this.#change(name)
    const key = name.toLowerCase()
    this.#entries = this.#entries.filter(([n]) => n.toLowerCase() !== key)
  }

  append(name: string, value: Uint8Array): void {
    this.#change(name)
    if (value.some(isControl)) refuse('invalid-syntax')
    const bytes = this.#entries.reduce((sum, [n, v]) => sum + n.length + v.length, 0)
    if (this.#entries.length >= MAX_FIELDS || bytes + value.length > MAX_FIELD_BYTES) {
      refuse('invalid-syntax')
    }
    this.#entries.push([name, value.slice()])
  }

  entries(): Header[] {
    return this.#entries.map(([name, value]) => [name, value])
  }

  clone(): Fields {
    const copy = new Fields()
    copy.#entries = [...this.#entries]
    return copy
  }

  frozen(): Fields {
    const copy = this.clone()
    copy.#mutable = false
    return copy
  }

  #change(name: string): void {
    if (!this.#mutable) refuse('immutable')
    if (!NAME.test(name)) refuse('invalid-syntax')
    if (FORBIDDEN.has(name.toLowerCase())) refuse('forbidden')
  }
}

/** RFC 9110 §5.5: a field value is visible characters, spaces, tabs and what is beyond ASCII. */
function isControl(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x09) || byte === 0x7f
}

function refuse(tag: HeaderError['tag']): never {
  // eslint-disable-next-line no-throw-literal -- jco takes a thrown plain value as the `result`'s error
  throw { tag } satisfies HeaderError
}
