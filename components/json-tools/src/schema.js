// JSON Schema: the keywords of draft 2020-12 that restrict, as far as `wit/world.wit` names them.

import { child, equal, isObject, keys, member } from './pointer.js'

/** They say something of a value and restrict nothing. */
const ANNOTATIONS = new Set([
  '$anchor', '$comment', '$defs', '$id', '$schema', 'contentEncoding', 'contentMediaType', 'default',
  'definitions', 'deprecated', 'description', 'else', 'examples', 'format', 'maxContains', 'minContains',
  'readOnly', 'then', 'title', 'writeOnly',
])
const MAX_REFERENCES = 100

export function violations(value, schema) {
  const found = []
  check({ root: schema, references: 0 }, schema, value, '', found)
  return found
}

function fits(context, schema, value) {
  const found = []
  check(context, schema, value, '', found)
  return found.length === 0
}

function check(context, schema, value, path, found) {
  if (schema === true) return
  if (schema === false) {
    found.push({ path, message: 'nothing is allowed here' })
    return
  }
  if (!isObject(schema)) throw `schema: ${JSON.stringify(schema)} is no schema`
  for (const keyword of Object.keys(schema)) {
    if (ANNOTATIONS.has(keyword)) continue
    const rule = Object.hasOwn(RULES, keyword) ? RULES[keyword] : undefined
    if (rule === undefined) throw `schema: ${JSON.stringify(keyword)} is not supported`
    const say = (message, at = path) => found.push({ path: at, message })
    const into = (part, key, schema) => check(context, schema, part, child(path, key), found)
    const here = (schema) => check(context, schema, value, path, found)
    const agrees = (schema, part = value) => fits(context, schema, part)
    rule({ limit: schema[keyword], value, schema, path, context, found, say, into, here, agrees })
  }
}

function typeOf(value) {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

const isType = (value, type) =>
  type === 'integer' ? Number.isInteger(value) : typeOf(value) === type

/** A bound for the values of one type. */
const bound = (type, broken, words) => ({ limit, value, say }) => {
  if (typeOf(value) === type && broken(value, limit)) say(`${words} ${limit}`)
}

const characters = (text) => [...text].length
const names = (object) => Object.keys(object).length

const RULES = {
  $ref({ limit, value, path, context, found }) {
    if (typeof limit !== 'string' || !limit.startsWith('#')) throw `schema: ${limit} is not inside of it`
    if (context.references >= MAX_REFERENCES) throw `schema: ${limit} leads in a circle`
    let target = { value: context.root }
    for (const key of keys(decodeURIComponent(limit.slice(1)))) target = target && member(target.value, key)
    if (target === undefined) throw `schema: ${limit} is not there`
    check({ ...context, references: context.references + 1 }, target.value, value, path, found)
  },
  type({ limit, value, say }) {
    const types = [limit].flat()
    if (!types.some((type) => isType(value, type))) say(`is ${typeOf(value)}, not ${types.join(' or ')}`)
  },
  enum({ limit, value, say }) {
    if (!limit.some((allowed) => equal(allowed, value))) say(`is none of ${JSON.stringify(limit)}`)
  },
  const({ limit, value, say }) {
    if (!equal(limit, value)) say(`is not ${JSON.stringify(limit)}`)
  },
  minimum: bound('number', (value, limit) => value < limit, 'is less than'),
  maximum: bound('number', (value, limit) => value > limit, 'is more than'),
  exclusiveMinimum: bound('number', (value, limit) => value <= limit, 'is not more than'),
  exclusiveMaximum: bound('number', (value, limit) => value >= limit, 'is not less than'),
  multipleOf: bound('number', (value, limit) => !Number.isInteger(value / limit), 'is no multiple of'),
  minLength: bound('string', (value, limit) => characters(value) < limit, 'has fewer characters than'),
  maxLength: bound('string', (value, limit) => characters(value) > limit, 'has more characters than'),
  pattern: bound('string', (value, limit) => !expression(limit).test(value), 'does not match'),
  minItems: bound('array', (value, limit) => value.length < limit, 'has fewer items than'),
  maxItems: bound('array', (value, limit) => value.length > limit, 'has more items than'),
  minProperties: bound('object', (value, limit) => names(value) < limit, 'has fewer properties than'),
  maxProperties: bound('object', (value, limit) => names(value) > limit, 'has more properties than'),
  uniqueItems({ limit, value, say }) {
    if (limit !== true || !Array.isArray(value)) return
    const repeats = value.some((item, at) => value.slice(0, at).some((other) => equal(other, item)))
    if (repeats) say('holds an item twice')
  },
  prefixItems({ limit, value, into }) {
    if (!Array.isArray(value)) return
    for (const [at, schema] of limit.slice(0, value.length).entries()) into(value[at], at, schema)
  },
  items({ limit, value, schema, into }) {
    if (!Array.isArray(value)) return
    const first = schema.prefixItems?.length ?? 0
    for (let at = first; at < value.length; at++) into(value[at], at, limit)
  },
  contains({ limit, value, schema, say, agrees }) {
    if (!Array.isArray(value)) return
    const { minContains = 1, maxContains = Infinity } = schema
    const count = value.filter((item) => agrees(limit, item)).length
    if (count < minContains) say('lacks an item that it must contain')
    if (count > maxContains) say('contains too many items of a kind')
  },
  required({ limit, value, say }) {
    if (!isObject(value)) return
    for (const name of limit) {
      if (!Object.hasOwn(value, name)) say(`lacks ${JSON.stringify(name)}`)
    }
  },
  properties({ limit, value, into }) {
    if (!isObject(value)) return
    for (const name of Object.keys(limit)) {
      if (Object.hasOwn(value, name)) into(value[name], name, limit[name])
    }
  },
  patternProperties({ limit, value, into }) {
    if (!isObject(value)) return
    for (const pattern of Object.keys(limit)) {
      const test = expression(pattern)
      for (const name of Object.keys(value)) {
        if (test.test(name)) into(value[name], name, limit[pattern])
      }
    }
  },
  additionalProperties({ limit, value, schema, say, into }) {
    if (!isObject(value)) return
    const patterns = Object.keys(schema.patternProperties ?? {}).map(expression)
    for (const name of Object.keys(value)) {
      const known = Object.hasOwn(schema.properties ?? {}, name) || patterns.some((test) => test.test(name))
      if (known) continue
      if (limit === false) say(`has ${JSON.stringify(name)}, which is not allowed`)
      else into(value[name], name, limit)
    }
  },
  propertyNames({ limit, value, say, agrees }) {
    if (!isObject(value)) return
    for (const name of Object.keys(value)) {
      if (!agrees(limit, name)) say(`has a property that must not be called ${JSON.stringify(name)}`)
    }
  },
  allOf({ limit, here }) {
    for (const schema of limit) here(schema)
  },
  anyOf({ limit, say, agrees }) {
    if (!limit.some((schema) => agrees(schema))) say('fits none of the schemas of anyOf')
  },
  oneOf({ limit, say, agrees }) {
    const count = limit.filter((schema) => agrees(schema)).length
    if (count !== 1) say(`fits ${count} schemas of oneOf, not one`)
  },
  not({ limit, say, agrees }) {
    if (agrees(limit)) say('fits a schema that it must not fit')
  },
  if({ limit, schema, here, agrees }) {
    const branch = agrees(limit) ? schema.then : schema.else
    if (branch !== undefined) here(branch)
  },
}

function expression(pattern) {
  try {
    return new RegExp(pattern, 'u')
  } catch (error) {
    throw `schema: ${JSON.stringify(pattern)}: ${error.message}`
  }
}
