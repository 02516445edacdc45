// Why a secret was not set, for pages and for the JSON API. Each says what to do. What is not what was seen they tell
// each in its own way.

import type { SecretFault } from '../account/secrets.ts'
import { ENVIRONMENT_LIMITS } from '../policy/environment.ts'
import { SECRET_LIMITS } from '../policy/secret.ts'

interface Told {
  readonly status: 400 | 404 | 409 | 413 | 503
  readonly sentence: string
}

const { HOSTS, NAME_CHARS, PARAMETER_CHARS, PREFIX_CHARS } = SECRET_LIMITS
const { SECRETS, USER_CHARS, VALUE_BYTES, VALUE_CHARS } = SECRET_LIMITS

const bad = (sentence: string): Told => ({ status: 400, sentence })

export const SECRET_FAULTS: Readonly<Record<Exclude<SecretFault, 'component-changed'>, Told>> = {
  'unknown-component': { status: 404, sentence: 'You have no component of that id.' },
  'bad-name': bad(`A name is up to ${NAME_CHARS} letters, digits, _, - and . after a letter.`),
  'too-many': { status: 409, sentence: `A component has ${SECRETS} secrets at most.` },
  'sends-nothing': {
    status: 409,
    sentence:
      'The component sends no HTTP requests (it does not import wasi:http), so there is nothing to put a secret into.',
  },
  'reads-nothing': {
    status: 409,
    sentence:
      'The component reads no variables, so it cannot be handed a placeholder. Leave that field empty: the value then ' +
      'goes into every request to the hosts.',
  },
  'placeholder-taken': {
    status: 409,
    sentence: 'Another secret of the component has a placeholder under this name.',
  },
  'no-host': bad('Name at least one host that the value may be sent to.'),
  'too-many-hosts': bad(`A secret is bound to ${HOSTS} hosts at most.`),
  'bad-host': bad(
    'One of the hosts is none: write api.example.com, *.example.com or https://api.example.com/path/, or ' +
      'http://… where the value may go unencrypted.',
  ),
  'host-too-broad': bad(
    'One of the hosts is too broad: a secret is bound to names, not to *, to a whole top-level domain, to addresses ' +
      'or to what an argument says.',
  ),
  'bad-header': bad('A header has a name of letters, digits and -.'),
  'reserved-header': bad(
    'That header is not yours to set: it frames the message, the platform writes it, or a server would take its value ' +
      'for the method or the path. Cookies are not sent.',
  ),
  'bad-prefix': bad(
    `The text before the value is up to ${PREFIX_CHARS} visible characters, with spaces after the first.`,
  ),
  'bad-parameter': bad(
    `A parameter has a name of up to ${PARAMETER_CHARS} letters, digits, _, -, ., ~, [ and ].`,
  ),
  'bad-user': bad(`A user has a name of up to ${USER_CHARS} characters without a colon.`),
  'bad-placeholder': bad(
    `The variable has a name of up to ${ENVIRONMENT_LIMITS.KEY_CHARS} letters, digits, _, - and . after a letter or _.`,
  ),
  empty: bad('The value is empty. Delete the secret instead.'),
  'too-short': bad(
    `A value has ${VALUE_CHARS} characters at least: a shorter one stands in honest answers by chance, so it could ` +
      'not be taken out of them.',
  ),
  'too-long': { status: 413, sentence: `A value is ${VALUE_BYTES / 1024} KiB at most.` },
  characters: bad(
    'The value holds characters that cannot stand there: a header takes visible ASCII characters without a line ' +
      'break at the end, a password no control characters.',
  ),
  sealed: {
    status: 503,
    sentence:
      'The secrets could not be opened: the host of this server has to look at its keys. Nothing was changed.',
  },
}
