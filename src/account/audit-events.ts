// What happens in an account as the audit chain has it: what stays, and what names somebody or something.

import type { AuditAct, AuditEvent } from '../audit/event.ts'
import type { Permission } from '../policy/authority.ts'
import type { Approval } from '../store/grants.ts'
import type { Receipt } from './record.ts'

export function callEvent(receipt: Receipt): AuditEvent {
  const { digest, policy_digest, outcome, reason, started_at, ms, fuel } = receipt
  const { client, client_name, session, tool, component, source } = receipt
  const { arguments_digest, variables, host_calls } = receipt
  return {
    kind: 'call',
    facts: {
      call: receipt.id,
      digest,
      policy_digest,
      outcome,
      reason,
      started_at,
      ms,
      fuel,
      host_calls: host_calls.map((hostCall) => {
        const { host: _, port: _port, method: _method, ...facts } = hostCall
        return facts
      }),
    },
    texts: {
      client,
      client_name,
      session,
      tool,
      component,
      source,
      arguments_digest,
      variables: [...variables],
      host_calls: host_calls.map(({ host, port, method }) => ({ host, port, method })),
    },
  }
}

/** Of an act that has begun: how it ends is not known yet. */
export const BEGUN = { outcome: 'interrupted', reason: null } as const

export function approvalEvent(approval: Approval): AuditEvent {
  const { id, digest, permission, expires_at } = approval
  const { client, client_name, component, source, tool, rule } = approval
  return {
    kind: 'approval',
    facts: { approval: id, digest, permission, expires_at },
    texts: { client, client_name, component, source, tool, rule },
  }
}

export function decisionAct(approval: Approval, decision: 'allow' | 'deny'): AuditAct {
  const { id, digest, permission, component, source, rule } = approval
  return {
    kind: 'decision',
    facts: { ...BEGUN, approval: id, decision, permission, digest },
    texts: { component, source, rule },
  }
}

/** `rule` `null`: whatever the component has. */
export function revocationAct(
  component: string,
  permission: Permission | null,
  rule: string | null,
): AuditAct {
  return { kind: 'revocation', facts: { ...BEGUN, permission }, texts: { component, rule } }
}

/** Why nothing was taken away; `null`: something was. */
export function missing(done: boolean | null): string | null {
  if (done === null) return 'unknown-component'
  return done ? null : 'nothing-there'
}
