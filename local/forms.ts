// The forms of an HTML page, read well enough for pages we wrote ourselves and for oidc-provider's. Not an HTML parser.
export type Button = { name: string; value: string; text: string; action: string | undefined }
export type Form = {
  id: string | undefined
  action: string
  method: 'get' | 'post'
  multipart: boolean
  /** What a submit sends besides the button: hidden inputs, prefilled and checked ones, in page order. */
  fields: [name: string, value: string][]
  buttons: Button[]
}

type Tag = { name: string; closing: boolean; attributes: Map<string, string>; end: number }

const INVISIBLE = /<!--[\s\S]*?-->|<(script|style|template)\b[\s\S]*?<\/\1\s*>/gi
const TAG = /<(\/?)([a-z][a-z0-9-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g

export function parseForms(page: string): Form[] {
  const html = page.replace(INVISIBLE, '')
  const forms: Form[] = []
  let open: Form | undefined
  let select: { form: Form; index: number; name: string } | undefined
  for (const tag of tags(html)) {
    const { attributes } = tag
    if (tag.name === 'form') {
      open = tag.closing ? undefined : createForm(attributes)
      if (open) forms.push(open)
      continue
    }
    if (tag.name === 'select') select = undefined
    const owner = attributes.get('form')
    const form = owner === undefined ? open : forms.find(({ id }) => id === owner)
    if (!form || tag.closing || attributes.has('disabled')) continue

    const name = attributes.get('name') ?? ''
    if (tag.name === 'input') addInput(form, name, attributes)
    if (tag.name === 'button') addButton(form, name, attributes, textAfter(html, tag))
    if (tag.name === 'textarea' && name) form.fields.push([name, textAfter(html, tag)])
    if (tag.name === 'select' && name) select = { form, index: form.fields.length, name }
    if (tag.name === 'option' && select) {
      // The first option counts until a selected one turns up.
      const chosen = attributes.has('selected') || select.form.fields.length === select.index
      const value = attributes.get('value') ?? pageText(html.slice(tag.end).split('<', 1)[0] ?? '')
      if (chosen) select.form.fields[select.index] = [select.name, value]
    }
  }
  return forms
}

/** What a person reads on a page, for messages. */
export function pageText(page: string): string {
  const body = page
    .replace(INVISIBLE, '')
    .replace(/<head[\s\S]*?<\/head>|<title[\s\S]*?<\/title>/gi, '')
  return decodeEntities(body.replace(TAG, ' ')).replaceAll(/\s+/g, ' ').trim()
}

function createForm(attributes: Map<string, string>): Form {
  return {
    id: attributes.get('id'),
    action: attributes.get('action') ?? '',
    method: attributes.get('method')?.toLowerCase() === 'post' ? 'post' : 'get',
    multipart: attributes.get('enctype') === 'multipart/form-data',
    fields: [],
    buttons: [],
  }
}

function addInput(form: Form, name: string, attributes: Map<string, string>): void {
  const type = attributes.get('type')?.toLowerCase() ?? 'text'
  const value = attributes.get('value')
  if (type === 'submit') return addButton(form, name, attributes, value ?? 'Submit')
  if (!name || ['button', 'reset', 'image', 'file'].includes(type)) return
  const toggled = type === 'checkbox' || type === 'radio'
  if (toggled && !attributes.has('checked')) return
  form.fields.push([name, value ?? (toggled ? 'on' : '')])
}

function addButton(form: Form, name: string, attributes: Map<string, string>, text: string): void {
  const type = attributes.get('type') ?? 'submit'
  if (type !== 'submit') return
  form.buttons.push({
    name,
    value: attributes.get('value') ?? '',
    text,
    action: attributes.get('formaction'),
  })
}

function* tags(html: string): Generator<Tag> {
  for (const match of html.matchAll(TAG)) {
    const [whole, slash, name = '', rest = ''] = match
    const attributes = new Map<string, string>()
    for (const [, key = '', double, single, bare] of rest.matchAll(ATTRIBUTE)) {
      attributes.set(key.toLowerCase(), decodeEntities(double ?? single ?? bare ?? ''))
    }
    const end = match.index + whole.length
    yield { name: name.toLowerCase(), closing: slash === '/', attributes, end }
  }
}

/** The text between an opening tag and its end tag. */
function textAfter(html: string, { name, end }: Tag): string {
  const stop = html.toLowerCase().indexOf(`</${name}`, end)
  const inner = html.slice(end, stop === -1 ? undefined : stop)
  return name === 'textarea' ? decodeEntities(inner).replace(/^\r?\n/, '') : pageText(inner)
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal))
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    return ENTITIES[String(name).toLowerCase()] ?? whole
  })
}
