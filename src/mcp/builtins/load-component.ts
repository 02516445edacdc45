import * as z from 'zod'
import { loadReference, parseReference } from '../../load.ts'
import type { BuiltinAnswer, BuiltinDeps } from '../builtin.ts'
import { builtin } from '../builtin.ts'
import { describeLoadFault } from '../load-errors.ts'
import { readProposal } from '../../policy/proposal.ts'
import { describeDenial } from '../../policy/denial.ts'
import { labelsOf } from '../../policy/labels.ts'
import { ownerOf } from '../../policy/life.ts'
import { labelsUrl, proposalUrl, versionUrl } from '../results.ts'
import { publishedPolicy, readWishes } from '../wishes.ts'

const NAME = 'load-component'

export const loadComponent = builtin({
  name: NAME,
  title: 'Load a component',
  description:
    'Loads a WebAssembly component and lists its exports as tools. The path is an https:// URL of a ' +
    '.wasm file (a #sha256=<hex> after it is checked) or a name of the catalogue.',
  scope: 'components:manage',
  // A version takes the place of the one before, and a URL may answer with another one each time.
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
  input: z.strictObject({
    path: z.string().min(1).max(2048).describe('https:// URL or catalogue name'),
  }),
  output: z.looseObject({
    status: z.string(),
    id: z.string(),
    tools: z.array(z.string()),
    renamed: z.record(z.string(), z.string()),
    waits_for_person: z.string().optional(),
    proposal_url: z.string().optional(),
    wished_variables: z.array(z.string()).optional(),
  }),
  async run({ path }, deps) {
    const refused = await refusedByLabels(path, deps)
    if (refused !== null) return refused
    const loaded = await loadReference(path, deps.load)
    if (!loaded.ok) return { ok: false, error: describeLoadFault(loaded.error) }
    const { component, reloaded, tools, renamed, waits } = loaded.value
    const status = `component ${reloaded ? 'reloaded' : 'loaded'} successfully`
    const view = await deps.account.component(component)
    const policy = view === null ? null : await publishedPolicy(view.install, deps.catalogue)
    const proposal = policy === null ? null : readProposal(policy)
    // Names that the publisher chose: of a version that waits, the person reads them first.
    const wished = policy === null || waits ? [] : readWishes(policy)
    return {
      ok: true,
      value: {
        status,
        id: component,
        tools,
        renamed,
        // It differs from the version that was granted something: calls wait for the person.
        ...(waits ? { waits_for_person: versionUrl(deps.publicUrl, component) } : {}),
        // What the publisher proposes to allow: the person decides there. The agent may ask for it as well.
        ...(proposal === null || proposal.allow.length === 0
          ? {}
          : { proposal_url: proposalUrl(deps.publicUrl, component) }),
        ...(wished.length === 0 ? {} : { wished_variables: wished }),
      },
    }
  },
})

/** The agent chooses the URL, which carries data out, and is told what a stranger has published there. */
async function refusedByLabels(path: string, deps: BuiltinDeps): Promise<BuiltinAnswer | null> {
  const reference = parseReference(path)
  if (!reference.ok || reference.value.kind !== 'https') return null
  const { client, clientName } = deps.principal
  const owner = ownerOf(client, deps.session)
  const by = { owner, client, clientName, tool: NAME, component: null }
  const brought = await deps.account.bring({ by, running: null }, labelsOf('request', []), [])
  if (brought.ok) return null
  const sentence = `${describeDenial(brought.error)} ${HOW_TO_GO_ON}`
  const url = labelsUrl(deps.publicUrl)
  return { ok: false, error: { code: 'permission-denied', sentence, details: { url } } }
}

const HOW_TO_GO_ON =
  'The person can let the session begin anew at the url below, or upload the component themselves.'
