// Words that are good WIT and that JavaScript, or the code that jco generates, keeps for itself.

/** As functions, methods and static functions. */
export const WORDS = [
  ...['then', 'arguments', 'console', 'undefined', 'global-this', 'imports', 'get-core-module'],
  ...['memory0', 'exports1', 'to-int64', 'set-timeout', 'has-own-property', 'data-view'],
  ...['constructor', 'prototype', 'length', 'name', 'caller', 'to-string', 'value-of', 'to-json'],
  ...['eval', 'import', 'post-return0', 'await', 'delete', 'class', 'static', 'default', 'new'],
  ...['this', 'null', 'THEN-2'],
]

/** As resources. */
export const CLASSES = [
  ...['map', 'set', 'object', 'symbol', 'promise', 'array', 'string', 'function', 'error', 'proxy'],
  ...['uint8-array', 'data-view', 'text-decoder', 'web-assembly', 'j-s-o-n', 'na-n', 'date'],
  ...['future-value', 'rep-table', 'async-task', 'waitable', 'web-assembly-runtime-error', 'then'],
]

export const INTERFACES = {
  functions: 'a:b/console@1.0.0',
  members: 'a:b/members@1.0.0',
  classes: 'a:b/classes@1.0.0',
} as const
