// Paths: their steps, and the parts of a value that they lead to.

import { equal, isObject, keys, member } from './pointer.js'

const FUNCTIONS = {
  length: (value) => {
    if (typeof value === 'string') return [...value].length
    if (value !== null && typeof value === 'object') return Object.keys(value).length
    throw 'length: wants a list, an object or a string'
  },
  keys: (value) => (isObject(value) ? Object.keys(value) : wrong('keys', 'an object')),
  values: (value) => (isObject(value) ? Object.values(value) : wrong('values', 'an object')),
  sort: (value) => [...list('sort', value)].sort(order),
  unique: (value) => {
    const found = []
    for (const item of list('unique', value)) {
      if (!found.some((known) => equal(known, item))) found.push(item)
    }
    return found
  },
  first: (value) => list('first', value)[0] ?? null,
  last: (value) => list('last', value).at(-1) ?? null,
  sum: (value) => {
    const numbers = list('sum', value)
    if (numbers.some((number) => typeof number !== 'number')) wrong('sum', 'a list of numbers')
    return numbers.reduce((sum, number) => sum + number, 0)
  },
}

export function select(value, path) {
  if (path === '' || path.startsWith('/')) return follow(value, path)
  const [steps, ...names] = pipes(path)
  const found = take(parse(steps.trim()), value)
  return names.reduce((value, name) => {
    const apply = Object.hasOwn(FUNCTIONS, name.trim()) ? FUNCTIONS[name.trim()] : undefined
    if (apply === undefined) throw `path: no function is called ${JSON.stringify(name.trim())}`
    return apply(value)
  }, found)
}

function follow(value, pointer) {
  return keys(pointer).reduce((value, key) => {
    const found = member(value, key)
    if (found === undefined) throw `path: ${JSON.stringify(key)} is not there`
    return found.value
  }, value)
}

function take(steps, value) {
  let found = [value]
  let many = false
  for (const step of steps) {
    const next = found.flatMap((value) => step.from(value))
    many ||= step.many
    if (next.length === 0 && !many) throw `path: ${step.text} is not there`
    found = next
  }
  return many ? found : found[0]
}

/** The parts between `|`, outside of quotes and brackets. */
function pipes(path) {
  const parts = ['']
  let quote = ''
  let depth = 0
  for (const [at, character] of [...path].entries()) {
    if (quote !== '') {
      if (character === quote && path[at - 1] !== '\\') quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    if (character === '|' && quote === '' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}

const NAME = /^[\p{L}_$][\p{L}\p{N}_$-]*/u
const STRING = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/

function parse(path) {
  const steps = []
  let rest = path === '@' || path === '$' ? '' : path.replace(/^[$@](?=[.[])/, '').replace(/^\.(?!\.)/, '')
  while (rest !== '') {
    const [step, length] = next(rest)
    steps.push(step)
    rest = rest.slice(length)
    if (rest.startsWith('.')) {
      rest = rest.slice(1)
      if (rest === '') throw 'path: ends with a dot'
    } else if (rest !== '' && !rest.startsWith('[')) throw `path: ${JSON.stringify(rest)} is no step`
  }
  return steps
}

function next(text) {
  if (text.startsWith('**')) return [{ text: '**', many: true, from: below }, 2]
  if (text.startsWith('*')) return [{ text: '*', many: true, from: within }, 1]
  if (text.startsWith('{')) {
    const length = closing(text, '{', '}')
    return [shape(text.slice(1, length - 1)), length]
  }
  if (text.startsWith('[')) {
    const length = closing(text, '[', ']')
    return [bracket(text.slice(1, length - 1).trim()), length]
  }
  const name = NAME.exec(text)?.[0]
  if (name === undefined) throw `path: ${JSON.stringify(text)} is no step`
  return [named(name), name.length]
}

function closing(text, open, close) {
  let depth = 0
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quote !== '') {
      if (character === '\\') at += 1
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === open) depth += 1
    else if (character === close && --depth === 0) return at + 1
  }
  throw `path: ${JSON.stringify(text)} lacks ${JSON.stringify(close)}`
}

function named(name) {
  const from = (value) => {
    const found = isObject(value) ? member(value, name) : undefined
    return found === undefined ? [] : [found.value]
  }
  return { text: JSON.stringify(name), many: false, from }
}

function bracket(inner) {
  if (inner === '*') return { text: '[*]', many: true, from: within }
  if (/^-?\d+$/.test(inner)) {
    const index = Number(inner)
    const from = (value) => {
      const at = Array.isArray(value) && index < 0 ? value.length + index : index
      return Array.isArray(value) && at >= 0 && at < value.length ? [value[at]] : []
    }
    return { text: `[${inner}]`, many: false, from }
  }
  const slice = /^(-?\d*)\s*:\s*(-?\d*)$/.exec(inner)
  if (slice !== null) {
    const [start, end] = [slice[1], slice[2]].map((text) => (text === '' ? undefined : Number(text)))
    return { text: `[${inner}]`, many: true, from: (value) => (Array.isArray(value) ? value.slice(start, end) : []) }
  }
  if (inner.startsWith('?')) {
    const fits = condition(inner.slice(1).trim())
    return { text: `[${inner}]`, many: true, from: (value) => within(value).filter(fits) }
  }
  if (STRING.exec(inner)?.[0] === inner) return named(unquoted(inner))
  throw `path: [${inner}] is no step`
}

/** `{name, cost: price.net}`: an object for each value, without what is not there. */
function shape(inner) {
  const parts = inner.split(',').map((part) => part.trim())
  const members = parts.map((part) => {
    const colon = part.indexOf(':')
    const key = colon < 0 ? part : part.slice(0, colon).trim()
    if (NAME.exec(key)?.[0] !== key) throw `path: {${inner}} is no shape`
    return [key, parse(colon < 0 ? part : part.slice(colon + 1).trim())]
  })
  const from = (value) => [
    Object.fromEntries(members.flatMap(([key, steps]) => {
      const found = attempt(steps, value)
      return found === undefined ? [] : [[key, found.value]]
    })),
  ]
  return { text: `{${inner}}`, many: false, from }
}

/** `price >= 10`, `name == "a"`, or a path alone: is it there and neither false nor null? */
function condition(text) {
  const parts = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text)
  if (parts === null) {
    const steps = parse(text)
    return (value) => ![undefined, false, null].includes(attempt(steps, value)?.value)
  }
  const [, path, operator, literal] = parts
  const steps = parse(path)
  const wanted = literalOf(literal)
  return (value) => {
    const found = attempt(steps, value)
    return found === undefined ? operator === '!=' : holds(found.value, operator, wanted)
  }
}

function literalOf(text) {
  try {
    return STRING.test(text) ? unquoted(text) : JSON.parse(text)
  } catch {
    throw `path: ${text} is no value`
  }
}

function unquoted(text) {
  const inner = text.slice(1, -1)
  const json = text[0] === '"' ? inner : inner.replaceAll("\\'", "'").replaceAll('"', '\\"')
  return JSON.parse(`"${json}"`)
}

function holds(value, operator, wanted) {
  if (operator === '==') return equal(value, wanted)
  if (operator === '!=') return !equal(value, wanted)
  if (typeof value !== typeof wanted || !['number', 'string'].includes(typeof value)) return false
  if (operator === '<') return value < wanted
  if (operator === '<=') return value <= wanted
  return operator === '>' ? value > wanted : value >= wanted
}

function attempt(steps, value) {
  let found = [value]
  const many = steps.some((step) => step.many)
  for (const step of steps) found = found.flatMap((value) => step.from(value))
  if (many) return { value: found }
  return found.length === 0 ? undefined : { value: found[0] }
}

function within(value) {
  return value !== null && typeof value === 'object' ? Object.values(value) : []
}

function below(value) {
  return [value, ...within(value).flatMap(below)]
}

function list(name, value) {
  return Array.isArray(value) ? value : wrong(name, 'a list')
}

function wrong(name, wanted) {
  throw `${name}: wants ${wanted}`
}

/** Numbers before strings before the rest, each in their own order. */
function order(one, other) {
  const rank = (value) => ['number', 'string'].indexOf(typeof value) >>> 0
  if (rank(one) !== rank(other)) return rank(one) - rank(other)
  return one < other ? -1 : Number(one > other)
}
