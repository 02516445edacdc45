// Every route of the server, as its sources have it: a path may be written out, be a constant, or be made of one.

import { readdirSync, readFileSync } from 'node:fs'

const ROUTES = 'src/http/routes'
const PAGES = 'src/console/pages'
/** A literal, a template or a constant, or a list of them. */
const ARGUMENT = /\s*(\[[^\]]*\]|'[^']*'|`[^`]*`|[A-Z][A-Z_]*)\s*,?/y
const EACH = /'[^']*'|`[^`]*`|[A-Z][A-Z_]*/g
const CONSTANT = /(export )?const ([A-Z][A-Z_]*) =\s*('[^']*'|`[^`]*`)/g

/** `GET /approvals/:id` and so on, sorted. */
export function routes(): string[] {
  const texts = [ROUTES, PAGES].flatMap((folder) =>
    readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8')),
  )
  const shared = new Map(texts.flatMap((text) => constantsOf(text, true)))
  const found = texts.flatMap((text) => {
    const known = new Map([...shared, ...constantsOf(text, false)])
    return routesOf(text, (name) => {
      const value = known.get(name)
      if (value === undefined) throw new Error(`${name} is a path, and none that is found here`)
      return value
    })
  })
  return [...new Set(found)].toSorted()
}

function constantsOf(text: string, exported: boolean): [string, string][] {
  return [...text.matchAll(CONSTANT)]
    .filter(([, isExported]) => !exported || isExported !== undefined)
    .map(([, , name = '', value = '']) => [name, value.slice(1, -1)])
}

function routesOf(text: string, constant: (name: string) => string): string[] {
  const apps = [...text.matchAll(/const (\w+) = new Hono/g)].map(([, name = '']) => name)
  const receiver = [...apps, 'new Hono<\\w+>\\(\\)'].join('|')
  const begins = new RegExp(
    `(?<![.\\w])(?:${receiver})\\.(get|post|put|patch|delete|on|all)\\(`,
    'g',
  )
  const valueOf = (token: string): string => {
    if (token.startsWith("'")) return token.slice(1, -1)
    if (!token.startsWith('`')) return constant(token)
    return token.slice(1, -1).replace(/\$\{(\w+)\}/g, (_, name: string) => constant(name))
  }
  return [...text.matchAll(begins)].flatMap((match) => {
    ARGUMENT.lastIndex = match.index + match[0].length
    const next = (): string[] =>
      (ARGUMENT.exec(text)?.[1]?.match(EACH) ?? []).map((token) => valueOf(token))
    const methods = match[1] === 'on' ? next() : [match[1]?.toUpperCase() ?? '']
    const paths = next()
    if (paths.length === 0) throw new Error(`a route without a path: ${match[0]}`)
    return methods.flatMap((method) => paths.map((path) => `${method} ${path}`))
  })
}
