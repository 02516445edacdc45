// The JSON Schema (2020-12) of a policy, for editors. It tells keys and types; hosts, paths and amounts are
// judged by the parser.

import { POLICY_GRAMMAR } from './grammar.ts'
import type { JsonSchema } from './shape.ts'

export const POLICY_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Policy of a WebAssembly component',
  ...POLICY_GRAMMAR.schema,
}
