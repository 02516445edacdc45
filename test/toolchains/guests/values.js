// The interfaces that need no host, for every JavaScript toolchain.
const area = {
  nothing: () => 0,
  circle: (radius) => Math.PI * radius * radius,
  label: () => 0,
  polygon: (points) =>
    Math.abs(
      points.reduce((sum, { x, y }, i) => {
        const next = points[(i + 1) % points.length]
        return sum + x * next.y - next.x * y
      }, 0),
    ) / 2,
}

export const values = {
  echo: (value) => value,
  echoShapes: (value) => value,
  echoNested: (value) => value,
  divide(dividend, divisor) {
    if (BigInt(divisor) === 0n) throw 'division by zero'
    return BigInt(dividend) / BigInt(divisor)
  },
  sorted: (texts) => [...texts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  area: ({ tag, val }) => area[tag](val),
  check(good) {
    if (!good) throw undefined
  },
  many: (a, b, c, d, e, f, g, h, i, j, k) =>
    [a, b, c, d, e, [...f].join('+'), g, h, i, j ?? 'none', k].map(String).join(' '),
}

class Counter {
  constructor(start) {
    this.value = start
  }
  add(amount) {
    this.value += amount
    return this.value
  }
  static merge(one, other) {
    return new Counter(one.value + other.value)
  }
}

export const counters = { Counter, valueOf: (counter) => counter.value }
