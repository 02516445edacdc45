// What happens in an account as the audit chain has it: what stays, and what names somebody or something.

import type { AuditEvent } from '../audit/event.ts'
import type { Approval } from '../store/approvals.ts'
import type { Receipt } from './record.ts'

export function callEvent(receipt: Receipt): AuditEvent {
  const { digest, policy_digest, outcome, reason, started_at, ms, fuel } = receipt
  const { client, client_name, session, tool, component, source } = receipt
  const { arguments_digest, variables, host_calls } = receipt
  const unlisted = receipt.usage?.unlisted ?? 0
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
        const { host: _, port: _port, method: _method, secrets: _secrets, ...facts } = hostCall
        return facts
      }),
      ...(unlisted === 0 ? {} : { unlisted }),
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
      host_calls: host_calls.map(({ host, port, method, secrets }) => ({
        host,
        port,
        method,
        ...(secrets === undefined ? {} : { secrets }),
      })),
      asked: receipt.usage?.decisions ?? [],
    },
  }
}

export function approvalEvent(approval: Approval): AuditEvent {
  const { id, digest, permission, expires_at } = approval
  const { client, client_name, component, source, tool, rule } = approval
  return {
    kind: 'approval',
    facts: { approval: id, digest, permission, expires_at },
    texts: { client, client_name, component, source, tool, rule },
  }
}
