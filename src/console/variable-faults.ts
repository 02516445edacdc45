// Why a variable was not set, for pages and for the JSON API. What is not what was seen they tell each in its own way.

import type { VariableFault } from '../account/person-variables.ts'
import { ENVIRONMENT_LIMITS } from '../policy/environment.ts'

interface Told {
  readonly status: 400 | 404 | 409 | 413 | 503
  readonly sentence: string
}

const { KEY_CHARS, VALUE_BYTES, VARIABLES } = ENVIRONMENT_LIMITS

export const VARIABLE_FAULTS: Readonly<Record<Exclude<VariableFault, 'component-changed'>, Told>> =
  {
    'unknown-component': { status: 404, sentence: 'You have no component of that id.' },
    'bad-key': {
      status: 400,
      sentence: `A name is up to ${KEY_CHARS} letters, digits, _, - and . after a letter or _.`,
    },
    empty: { status: 400, sentence: 'The value is empty. Delete the variable instead.' },
    characters: { status: 400, sentence: 'A value is text in UTF-8 without NUL.' },
    'too-long': { status: 413, sentence: `A value is ${VALUE_BYTES / 1024} KiB at most.` },
    'too-many': { status: 409, sentence: `A component has ${VARIABLES} variables at most.` },
    sealed: {
      status: 503,
      sentence:
        'The variables could not be opened: the host of this server has to look at its keys. Nothing was changed.',
    },
  }
