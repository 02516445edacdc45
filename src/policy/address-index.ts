// Finds the prefixes that cover an address among many, byte by byte: as many steps as the address has bytes, however
// many prefixes there are.

import type { Address, Prefix } from './address.ts'

interface Node<T> {
  next: Map<number, Node<T>> | null
  /** By how many bits of this byte count, 0 to 7, and what they are: `bits << 8 | byte`. */
  ends: Map<number, T[]> | null
}

export class AddressIndex<T> {
  readonly #ipv4 = emptyNode<T>()
  readonly #ipv6 = emptyNode<T>()

  add({ address, length }: Prefix, item: T): void {
    let node = address.length === 4 ? this.#ipv4 : this.#ipv6
    const whole = length >> 3
    for (let at = 0; at < whole; at += 1) {
      const byte = address[at] ?? 0
      node.next ??= new Map()
      const next = node.next.get(byte) ?? emptyNode<T>()
      node.next.set(byte, next)
      node = next
    }
    const end = endOf(length & 7, address[whole] ?? 0)
    node.ends ??= new Map()
    const filed = node.ends.get(end)
    if (filed === undefined) node.ends.set(end, [item])
    else filed.push(item)
  }

  /** Puts what covers `address` into `found`. */
  find(address: Address, found: T[]): void {
    let node: Node<T> | undefined = address.length === 4 ? this.#ipv4 : this.#ipv6
    for (let at = 0; node !== undefined; at += 1) {
      const byte = address[at] ?? 0
      if (node.ends !== null) {
        for (let bits = 0; bits < 8; bits += 1) {
          const filed = node.ends.get(endOf(bits, byte))
          if (filed !== undefined) for (const item of filed) found.push(item)
        }
      }
      node = at < address.length ? node.next?.get(byte) : undefined
    }
  }
}

function emptyNode<T>(): Node<T> {
  return { next: null, ends: null }
}

function endOf(bits: number, byte: number): number {
  return (bits << 8) | (byte & (0xff00 >> bits) & 0xff)
}
