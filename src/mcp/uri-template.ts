// Which template of a component an address may come from (RFC 6570, as far as it matters here). The component
// itself decides what the address is: this only picks whom to ask, in time linear in both.

/** `{name}`, `{+name}`, `{?a,b}`: each stands for any text that is not empty. */
const EXPRESSION = /\{[^{}]*\}/

export function mayComeFrom(template: string, uri: string): boolean {
  const parts = template.split(EXPRESSION)
  const first = parts[0] ?? ''
  if (parts.length === 1) return uri === template
  const last = parts.at(-1) ?? ''
  if (!uri.startsWith(first) || !uri.endsWith(last)) return false
  const end = uri.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = uri.indexOf(part, at + 1)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return at + 1 <= end
}
