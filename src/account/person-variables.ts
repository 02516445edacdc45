// The person's word on values of variables: set, replaced, deleted, for the source of a component that they have.

import type { Result } from '../policy/result.ts'
import { ok } from '../policy/result.ts'
import type { Holdings } from './holdings.ts'
import type { NotSeen } from './seen.ts'
import { installSeen } from './seen.ts'
import type { SettingFault, Variables } from './variables.ts'

export type VariableFault = NotSeen | SettingFault

interface Parts {
  readonly holdings: Holdings
  readonly variables: Variables
}

/** `seen` as `seen.ts` has it. */
export async function setVariable(
  { holdings, variables }: Parts,
  { component, seen }: { readonly component: string; readonly seen: string | null },
  { key, value }: { readonly key: string; readonly value: string },
  at: number,
): Promise<Result<'set' | 'replaced', VariableFault>> {
  return await holdings.write(async () => {
    const found = await installSeen(holdings, component, seen)
    if (!found.ok) return found
    const held = await holdings.held()
    const { source } = found.value
    const setting = await variables.setting({ source, key, value, at }, held.variables)
    if (!setting.ok) return setting
    await holdings.db.batch(setting.value)
    const isOld = held.variables.some((v) => v.source === source && v.key === key)
    return ok(isOld ? ('replaced' as const) : ('set' as const))
  })
}

/** False when there was no such value; `null`: no such component. */
export async function deleteVariable(
  { holdings, variables }: Parts,
  component: string,
  key: string,
): Promise<boolean | null> {
  return await holdings.write(async () => {
    const held = await holdings.held()
    const install = held.installs.find((i) => i.component === component)
    if (install === undefined) return null
    const { source } = install
    if (!held.variables.some((v) => v.source === source && v.key === key)) return false
    await holdings.db.batch(variables.removal(source, key))
    return true
  })
}
