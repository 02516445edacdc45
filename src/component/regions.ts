// Straight-line regions of a function: instructions that all run when the first one does, unless
// something traps or throws. Fuel is charged once for each, where it starts.

/** A region that costs less joins the region that leads to it. */
const SMALL_COST = 10
/** What may join one region: the fuel that a run can be charged too much there. */
const MAX_JOINED = 16

/** No region: code that cannot be reached, which is not charged. */
export const DEAD = -1

export class Regions {
  #count = 0
  #cost = new Float64Array(64)
  #parent = new Int32Array(64)
  #isLoop = new Uint8Array(64)

  clear(): void {
    this.#count = 0
  }

  /** `parent` always runs before; `DEAD` for the first region, and for one that nothing leads to. */
  open(parent: number, isLoop: boolean): number {
    const region = this.#count
    if (region === this.#cost.length) {
      this.#cost = grown(this.#cost, new Float64Array(region * 2))
      this.#parent = grown(this.#parent, new Int32Array(region * 2))
      this.#isLoop = grown(this.#isLoop, new Uint8Array(region * 2))
    }
    this.#cost[region] = 0
    this.#parent[region] = parent
    this.#isLoop[region] = isLoop ? 1 : 0
    this.#count += 1
    return region
  }

  spend(region: number, cost: number): void {
    if (region !== DEAD) this.#cost[region] = this.costOf(region) + cost
  }

  costOf(region: number): number {
    return this.#cost[region] ?? 0
  }

  /** Of all regions together. */
  get total(): number {
    let total = 0
    for (let region = 0; region < this.#count; region += 1) total += this.costOf(region)
    return total
  }

  /**
   * Small regions give their cost to the one that leads to them; the header of a loop does not, as
   * it is charged once for each round.
   */
  join(): void {
    const joined = new Float64Array(this.#count)
    for (let region = this.#count - 1; region > 0; region -= 1) {
      const cost = this.costOf(region)
      const parent = this.#parent[region] as number
      if (this.#isLoop[region] === 1 || parent === DEAD || cost > SMALL_COST) continue
      const sum = (joined[parent] as number) + cost
      if (sum > MAX_JOINED) continue
      joined[parent] = sum
      this.spend(parent, cost)
      this.#cost[region] = 0
    }
  }

  /** How many are charged. */
  get charged(): number {
    let charged = 0
    for (let region = 0; region < this.#count; region += 1)
      if (this.costOf(region) > 0) charged += 1
    return charged
  }
}

function grown<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
