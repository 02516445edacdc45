// One question of a component or an agent, for the person it is for.

import { parseStoredStorageRule } from '../../policy/storage.ts'
import type { Approval } from '../../store/grants.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Theirs, Time } from '../layout.tsx'

export function ApprovalPage(props: { approval: Approval; person: Person; now: number }) {
  const { approval, person, now } = props
  const broad = isBroad(approval)
  const open = approval.decision === null && approval.expires_at > now
  return (
    <Layout title="A component asks for a permission" person={person.name}>
      <dl>
        <dt>Component</dt>
        <dd>
          <Theirs text={approval.component} />
        </dd>
        <dt>Source</dt>
        <dd>
          <Theirs text={approval.source} />
        </dd>
        <dt>Digest</dt>
        <dd>
          <code>{approval.digest}</code>
        </dd>
        <dt>Asked through</dt>
        <dd>
          <Theirs text={approval.client_name} /> (client <Theirs text={approval.client} />
          ), tool <Theirs text={approval.tool} />
        </dd>
        <dt>Asked</dt>
        <dd>
          <Time at={approval.asked_at} />
        </dd>
        <dt>It wants</dt>
        <dd>
          {WANTS[approval.permission]} <Theirs text={approval.rule} />
        </dd>
        <dt>Reach</dt>
        <dd>
          {approval.permission === 'network'
            ? networkReach(approval.rule)
            : storageReach(approval.rule)}
        </dd>
      </dl>
      {broad ? (
        <p class="warning">This is broad: it covers much that you have not seen asked for.</p>
      ) : null}
      <p>
        It holds for every call of this component in exactly this version, from this source, until
        you take it back.
      </p>
      {open ? (
        <form method="post" action={`/approvals/${approval.id}`}>
          <button name="decision" value="allow">
            Allow
          </button>
          <button name="decision" value="deny">
            Deny
          </button>
        </form>
      ) : (
        <p>
          {approval.decision === null
            ? 'This question expired.'
            : `You answered: ${approval.decision}.`}
        </p>
      )}
    </Layout>
  )
}

const WANTS = {
  network: 'to send requests over the network to',
  storage: 'to use your drive:',
} as const

function networkReach(rule: string): string {
  if (rule === '*') return 'Any public host, http on port 80 and https on port 443.'
  if (rule.includes('://')) return 'Any method, this scheme and port, paths from this prefix on.'
  const ports = /:\d+$/.test(rule)
    ? 'http and https on this port'
    : 'http on port 80 and https on port 443'
  const hosts = rule.startsWith('*.') ? 'Every host below this name' : 'This host only'
  return `${hosts}: ${ports}, any method, any path.`
}

function storageReach(text: string): string {
  const rule = parseStoredStorageRule(text)
  if (!rule.ok) return 'Nothing: the rule is not valid.'
  const { access, isGlob } = rule.value
  const where = isGlob
    ? 'What the pattern names'
    : 'This file, or this directory and everything below it'
  const what = { read: 'open, list and read', write: 'create, change, rename and remove' }
  return `${where}: ${access.map((kind) => what[kind]).join('; ')}.`
}

function isBroad({ permission, rule }: Approval): boolean {
  if (permission === 'network') return rule === '*' || rule.startsWith('*.')
  const parsed = parseStoredStorageRule(rule)
  return parsed.ok && (parsed.value.segments.length === 0 || parsed.value.segments[0] === '**')
}
