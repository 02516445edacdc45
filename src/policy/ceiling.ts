// What a host allows where it has said nothing: every public name and address, the whole drive, every variable,
// all of them within what the person grants, and the default bounds.

import type { PolicyDocument } from './document.ts'
import { NO_LABEL_RULES, NO_RESOURCES } from './document.ts'
import { ANY_KEY } from './environment.ts'
import { parseHostRule } from './host-rule.ts'
import { parseStorageRule } from './storage-rule.ts'
import type { Result } from './result.ts'

export const DEFAULT_CEILING: PolicyDocument = {
  schema: null,
  version: '1.0',
  description:
    'Every public name and address, the whole drive and every variable that the person grants.',
  network: {
    allow: ['*:*', 'tcp://*:*', 'cidr 0.0.0.0/0:*', 'cidr ::/0:*'].map((text) =>
      known(parseHostRule(text)),
    ),
    deny: [],
  },
  storage: { allow: [known(parseStorageRule('fs:///', ['read', 'write']))], deny: [] },
  environment: { allow: [ANY_KEY], deny: [] },
  resources: NO_RESOURCES,
  limits: {},
  labels: NO_LABEL_RULES,
}

/** In the place of a ceiling that cannot be read. */
export const NOTHING_ALLOWED: PolicyDocument = {
  ...DEFAULT_CEILING,
  description: 'Nothing.',
  network: { allow: [], deny: [] },
  storage: { allow: [], deny: [] },
  environment: { allow: [], deny: [] },
}

function known<T>(rule: Result<T, string>): T {
  if (!rule.ok) throw new Error(`the default ceiling does not parse: ${rule.error}`)
  return rule.value
}
