// Where the value of an injected secret comes from, inside a person's `Account`. Sealed values are opened here
// (`secrets.ts`); whoever keeps values of another kind says them through this.

import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import type { ValueFault } from '../policy/secret.ts'

/** The values of one kind of source, by their id, fresh enough to be sent now. Nothing throws. */
export interface KeptValues {
  value(id: string, at: number): Promise<Result<string, ValueFault>>
}

/** Nobody keeps any. */
export const NO_VALUES: KeptValues = { value: async () => err('unavailable') }
