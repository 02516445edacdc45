// The exported interface. A thrown string is the `err` of the WIT result.

import { changes } from './diff.js'
import { select } from './select.js'
import { violations } from './schema.js'

export const json = { query, diff, format, validate }

function query(json, path) {
  return JSON.stringify(select(parsed('json', json), path))
}

function diff(before, after) {
  return changes(parsed('before', before), parsed('after', after))
}

function format(json, indent, sortKeys) {
  const value = parsed('json', json)
  return JSON.stringify(sortKeys === true ? sorted(value) : value, null, Math.min(indent ?? 2, 8))
}

function validate(json, schema) {
  return violations(parsed('json', json), parsed('schema', schema))
}

function parsed(name, text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw `${name}: ${error.message}`
  }
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
}
