// What a finding is about, and what would become of it, in words. Hosts, paths and names are quotations.

import type { Finding } from '../../policy/what-if.ts'
import { Rule } from '../layout.tsx'

export function Subject({ subject }: { subject: Finding['subject'] }) {
  switch (subject.kind) {
    case 'request': {
      const { method, scheme, host, port, path, cut } = subject
      const isStandard = port === (scheme === 'https' ? 443 : 80)
      return (
        <>
          {method}{' '}
          <Rule
            text={`${scheme}://${host}${isStandard ? '' : `:${port}`}${path}${cut ? '…' : ''}`}
          />
        </>
      )
    }
    case 'connection':
      return (
        <>
          connect to <Rule text={`${subject.host}:${subject.port}`} />
        </>
      )
    case 'lookup':
      return (
        <>
          look up <Rule text={subject.host} />
        </>
      )
    case 'access':
      return (
        <>
          {ACCESS[subject.access]} <Rule text={subject.path} />
        </>
      )
    case 'move':
      return (
        <>
          move <Rule text={subject.from} /> to <Rule text={subject.to} />
        </>
      )
    case 'variable':
      return (
        <>
          be handed the variable <Rule text={subject.key} />
        </>
      )
    case 'bound':
      return <>stay within the bound {subject.bound}</>
    case 'call':
      return <>something that was not recorded</>
  }
}

const ACCESS = { read: 'read', write: 'write', any: 'look at' } as const

export const WOULD = {
  same: 'as it went',
  'would-be-refused': 'would be refused',
  'would-be-allowed': 'would be allowed',
  'not-known': 'not known',
} as const

/** What was, or would be, said: fixed words for each. */
export const SAID: Readonly<Record<Finding['was'], string>> = {
  allowed: 'allowed',
  'not-granted': 'refused: nobody granted it',
  denied: 'refused: denied by a rule',
  ceiling: 'refused by the host of this server',
  unreachable: 'refused: out of reach',
  'name-not-granted': 'refused: no connection to that name was granted',
  spent: 'refused: the permission was used up',
  gone: 'refused: the component was gone',
  bound: 'ended there',
  'not-handed': 'not handed over',
  'not-known': 'not known',
}
