// JSON Pointers (RFC 6901).

export function child(path, key) {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The keys of a pointer. */
export function keys(pointer) {
  return pointer.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Own members only: `__proto__` is a key like any other. */
export function member(value, key) {
  if (Array.isArray(value)) {
    const index = /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1
    return index >= 0 && index < value.length ? { value: value[index] } : undefined
  }
  return isObject(value) && Object.hasOwn(value, key) ? { value: value[key] } : undefined
}

export function equal(one, other) {
  if (one === other) return true
  if (Array.isArray(one)) {
    const same = Array.isArray(other) && one.length === other.length
    return same && one.every((value, at) => equal(value, other[at]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && equal(one[name], other[name]))
  )
}
