// Differences between two values, in the order of the first one.

import { child, equal, isObject } from './pointer.js'

export function changes(before, after) {
  const found = []
  compare('', before, after, found)
  return found
}

function compare(path, before, after, found) {
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length)
    for (let at = 0; at < length; at++) {
      entry(child(path, at), at < before.length, before[at], at < after.length, after[at], found)
    }
  } else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const had = Object.hasOwn(before, key)
      const has = Object.hasOwn(after, key)
      entry(child(path, key), had, before[key], has, after[key], found)
    }
  } else if (!equal(before, after)) {
    found.push({ path, kind: 'changed', before: JSON.stringify(before), after: JSON.stringify(after) })
  }
}

function entry(path, had, before, has, after, found) {
  if (had && has) compare(path, before, after, found)
  else if (had) found.push({ path, kind: 'removed', before: JSON.stringify(before), after: null })
  else found.push({ path, kind: 'added', before: null, after: JSON.stringify(after) })
}
