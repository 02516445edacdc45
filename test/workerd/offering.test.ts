// A person's object answers with the verbs of its classes.

import { describe, expect, it } from 'vitest'
import { Account } from '../../src/account/account.ts'
import { offering } from '../../src/account/offering.ts'

class Counts {
  readonly #by = 2

  async double(n: number): Promise<number> {
    return n * this.#by
  }
}

class AlsoDoubles {
  async double(n: number): Promise<number> {
    return n + n
  }
}

class Holds {
  async open(): Promise<void> {}

  get parts(): string {
    return 'what it is made of'
  }
}

describe('offering', () => {
  it('puts each verb on the prototype, where a stub finds it', () => {
    const Offers = offering(Counts)
    expect(Object.getOwnPropertyNames(Offers.prototype)).toEqual(['constructor', 'double'])
  })

  it('refuses two verbs of one name', () => {
    expect(() => offering(Counts, AlsoDoubles)).toThrow('two verbs are called double')
  })

  it('refuses what is no verb', () => {
    expect(() => offering(Holds)).toThrow('parts is no verb')
  })

  it('gives every account the verbs of all subjects', () => {
    for (const verb of [
      'admit',
      'component',
      'ask',
      'writePolicy',
      'setSecret',
      'labels',
      'connections',
      'narrow',
      'standing',
      'openSession',
      'note',
      'alarm',
    ])
      expect(verb in Account.prototype, verb).toBe(true)
  })
})
