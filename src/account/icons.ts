// Which icon stands for a component, inside a person's `Account`, and what the person says of it.

import type { Icon } from '../store/icons.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Install } from '../store/installs.ts'
import type { Held, Holdings } from './holdings.ts'

/** The person's own, or what its version brings. A version that nobody has looked at brings none. */
export function iconOf(
  { icons, waiting }: Pick<Held, 'icons' | 'waiting'>,
  { component, source }: Pick<Install, 'component' | 'source'>,
): Icon | null {
  const row = icons.find((one) => one.source === source)
  const waits = waiting.some((one) => one.component === component)
  return row?.given ?? (waits ? null : (row?.brought ?? null))
}

/** The picture is stored already; `null` takes the person's own away, and the one that was brought is back. */
export async function giveIcon(
  component: string,
  icon: Icon | null,
  holdings: Holdings,
): Promise<Result<null, 'unknown-component' | 'nothing-there'>> {
  return await holdings.write(async () => {
    const { installs, icons } = await holdings.held()
    const install = installs.find((one) => one.component === component)
    if (install === undefined) return err('unknown-component' as const)
    const { source } = install
    const had = icons.find((one) => one.source === source)?.given ?? null
    if (icon === null && had === null) return err('nothing-there' as const)
    await holdings.icons.giving(source, icon).run()
    return ok(null)
  })
}
