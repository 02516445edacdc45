import * as z from 'zod'
import { loadReference } from '../../load.ts'
import { builtin } from '../builtin.ts'
import { describeLoadFault } from '../load-errors.ts'
import { versionUrl } from '../results.ts'
import { wishedVariables } from '../wishes.ts'

export const loadComponent = builtin({
  name: 'load-component',
  title: 'Load a component',
  description:
    'Loads a WebAssembly component and lists its exports as tools. The path is an https:// URL of a ' +
    '.wasm file (a #sha256=<hex> after it is checked) or a name of the catalogue.',
  scope: 'components:manage',
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  input: z.strictObject({
    path: z.string().min(1).max(2048).describe('https:// URL or catalogue name'),
  }),
  async run({ path }, deps) {
    const loaded = await loadReference(path, deps.load)
    if (!loaded.ok) return { ok: false, error: describeLoadFault(loaded.error) }
    const { component, reloaded, tools, renamed, waits } = loaded.value
    const status = `component ${reloaded ? 'reloaded' : 'loaded'} successfully`
    const view = await deps.account.component(component)
    const wished = view === null ? [] : await wishedVariables(view.install, deps.catalogue)
    return {
      ok: true,
      value: {
        status,
        id: component,
        tools,
        renamed,
        // It differs from the version that was granted something: calls wait for the person.
        ...(waits ? { waits_for_person: versionUrl(deps.publicUrl, component) } : {}),
        // The publisher's wish: the agent may ask the person for these.
        ...(wished.length === 0 ? {} : { wished_variables: wished }),
      },
    }
  },
})
