// Rules in words, for the person who decides. What a stranger chose (a host, a path, a name) stays apart
// from our words, so that a page can show it as a quotation.

import { parseVariableKey } from './environment.ts'
import type { HostRule } from './host-rule.ts'
import { isBroad as isBroadHost, parseHostRule } from './host-rule.ts'
import { printPrefix } from './address.ts'
import type { LabelSet } from './labels.ts'
import { parseLabelRule } from './labels.ts'
import type { StorageRule } from './storage-rule.ts'
import { isBroadPath, parseStoredStorageRule } from './storage-rule.ts'

/** Ours, or a stranger's. */
export type Word = string | { readonly theirs: string }

export interface RuleInWords {
  readonly words: readonly Word[]
  /** Why to think twice; `null`: it is as narrow as rules of its kind are. */
  readonly warning: string | null
  /** It covers much that nobody has named, or leaves to others what it covers: once is chosen for it. */
  readonly isBroad: boolean
}

export type RuleKind = 'network' | 'storage' | 'environment' | 'limit' | 'labels'

export function ruleInWords(kind: RuleKind, text: string): RuleInWords {
  switch (kind) {
    case 'network': {
      const rule = parseHostRule(text)
      return rule.ok ? networkInWords(rule.value) : NOTHING
    }
    case 'storage': {
      const rule = parseStoredStorageRule(text)
      return rule.ok ? storageInWords(rule.value) : NOTHING
    }
    case 'environment': {
      if (parseVariableKey(text) === null) return NOTHING
      return {
        words: ['the raw value of the variable ', { theirs: text }],
        warning: HANDED_OVER,
        isBroad: false,
      }
    }
    case 'limit':
      return {
        words: [
          'the bound of every call ',
          { theirs: text },
          ', as far as the host of this server allows it',
        ],
        warning: null,
        isBroad: false,
      }
    case 'labels': {
      const labels = parseLabelRule(text)
      return labels === null ? NOTHING : labelsInWords(labels)
    }
  }
}

/** The same as one text, as it stands in lists and messages. */
export function plainWords(words: readonly Word[]): string {
  return words.map((word) => (typeof word === 'string' ? word : word.theirs)).join('')
}

const NOTHING: RuleInWords = {
  words: ['nothing: the rule is not valid'],
  warning: null,
  isBroad: false,
}

const BROAD = 'This is broad: it covers much that you have not seen asked for.'
const FOLLOWS_AGENT_TO_HOST =
  'It opens whatever host your agent names: what the agent has read, from strangers too, may tell it which.'
const FOLLOWS_AGENT_TO_PATH =
  'It opens whatever path your agent names, your whole drive where that is /: what the agent has read, from ' +
  'strangers too, may tell it which.'
const HANDED_OVER =
  'The component reads the value itself. It can send it wherever you let it connect, keep it, and put it ' +
  'into its answers, which your agent reads. A token that it only has to send to a host is better bound to that ' +
  'host as a secret, which the component never sees.'

/** What a placeholder is, where one is chosen. */
export const HANDED_INSTEAD =
  'Left empty, the value goes into every request to these hosts. With a name, the component is handed a variable of ' +
  'that name that holds a text without meaning instead of the value: where it puts that text into the place chosen ' +
  'above, and sends it to these hosts, the value goes instead. What else you granted under that name is not handed ' +
  'over: such a grant ends when you set the secret, and again when it is deleted or replaced.'
const ANY_BYTES =
  'What passes over a connection is not looked into: the component may do there whatever that server lets it.'

function networkInWords(rule: HostRule): RuleInWords {
  const isBound = rule.host.kind === 'argument'
  const isBroad = isBound || isBroadHost(rule)
  const about = isBound ? FOLLOWS_AGENT_TO_HOST : BROAD
  const warning = isBroad ? about : rule.scheme === 'tcp' ? ANY_BYTES : null
  if (rule.scheme === 'tcp') {
    const ports = rule.port === 'any' ? 'every port' : `port ${rule.port}`
    return { words: [`connections to ${ports} of `, ...hostInWords(rule)], warning, isBroad }
  }
  const methods = methodsInWords(rule.methods)
  return {
    words: [methods, ', ', ...pathInWords(rule), ' on ', ...hostInWords(rule), `, ${ports(rule)}`],
    warning,
    isBroad,
  }
}

function methodsInWords(methods: HostRule['methods']): string {
  if (methods === null) return 'any method'
  const last = methods.at(-1) ?? ''
  const listed = methods.length > 1 ? `${methods.slice(0, -1).join(', ')} and ${last}` : last
  return `${listed} only`
}

function pathInWords({ pathPrefix }: HostRule): Word[] {
  return pathPrefix === null ? ['any path'] : [{ theirs: pathPrefix }, ' and below']
}

function hostInWords({ host }: HostRule): Word[] {
  switch (host.kind) {
    case 'exact':
      return [{ theirs: host.name }]
    case 'below':
      return ['every host below ', { theirs: host.suffix }]
    case 'any':
      return ['any public host']
    case 'cidr': {
      const isOne = host.prefix.length === host.prefix.address.length * 8
      return [isOne ? 'the address ' : 'the addresses ', { theirs: printPrefix(host.prefix) }]
    }
    case 'argument':
      return ['the host that the argument ', { theirs: host.path }, ' names in each call']
  }
}

function ports({ scheme, port }: HostRule): string {
  const by = scheme ?? 'http and https'
  if (port === 'any') return `${by} on every port`
  if (port !== null) return `${by} on port ${port}`
  return scheme === null
    ? 'http on port 80 and https on port 443'
    : `${scheme} on port ${scheme === 'https' ? 443 : 80}`
}

function storageInWords(rule: StorageRule): RuleInWords {
  const what = rule.access.map((access) => DEEDS[access]).join('; ')
  const isBroad = rule.argument !== null || isBroadPath(rule)
  const about = rule.argument === null ? BROAD : FOLLOWS_AGENT_TO_PATH
  return { words: [`${what}: `, ...placeInWords(rule)], warning: isBroad ? about : null, isBroad }
}

const DEEDS = {
  read: 'open, list and read',
  write: 'create, change, rename and remove',
} as const

function placeInWords({ segments, uri, isGlob, argument }: StorageRule): Word[] {
  if (argument !== null)
    return ['the path that the argument ', { theirs: argument }, ' names in each call']
  if (segments.length === 0) return ['your whole drive']
  if (isGlob) return ['whatever the pattern ', { theirs: uri }, ' covers']
  return [{ theirs: uri }, ', and everything below it if that is a directory']
}

const BRINGS = {
  private: 'read what is your own',
  untrusted: 'take in what strangers may have written',
  outward: 'send something out',
} as const

/** Chosen for one call unless the person says otherwise. */
function labelsInWords(labels: LabelSet): RuleInWords {
  const deeds = labels.map((label) => BRINGS[label])
  const last = deeds.at(-1) ?? ''
  const listed = deeds.length > 1 ? `${deeds.slice(0, -1).join(', ')} and ${last}` : last
  return {
    words: [`to ${listed}, in a session that has then done all three`],
    warning: TRIFECTA,
    isBroad: true,
  }
}

const TRIFECTA =
  'Somebody whose words your agent has read in this session may have told it to send out what is yours. Allow ' +
  'it only if you know where those words came from.'
