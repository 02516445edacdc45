// Checks of `@modelcontextprotocol/conformance` that this server does not pass, scored by a revision or not, each
// with its reason. One that passes after all has to leave this list.

export interface ExpectedFailure {
  readonly revision: string
  readonly scenario: string
  readonly checks: readonly string[]
  readonly reason: string
}

/** Unscored: an extension (SEP-2663). */
const NO_TASKS =
  'This server has no tasks: it does not advertise the extension, and no component has the tools that the ' +
  'suite runs as tasks. The SDK (@modelcontextprotocol/server 2.4.0) carries no runtime for them. A call ends ' +
  'within its bound (docs/bounds.md), and a client whose connection breaks meanwhile takes its stream up again.'

/** Unscored: the reference fixture of the suite does not pass it either. */
const NO_SCHEMA_OF_ITS_OWN =
  "A tool's inputSchema is made of the WIT types of its function, and arguments are checked by those. A " +
  'component can hand over no schema of its own, so none has the $defs, $anchor, allOf and if of ' +
  'json_schema_2020_12_tool: they would be words that nothing here enforces.'

/** Unscored: the reference fixture of the suite does not pass it either. */
const NO_PARAMETER_HEADERS =
  'No tool here marks a parameter with x-mcp-header: WIT has no place to say so, and a copy of an argument ' +
  'in a header would pass what stands between and its logs. Without such a tool the scenario has nothing to ' +
  'test. The standard headers are validated (http-header-validation).'

/** Scenarios that no revision lists, required or not, and that are not run. */
export const NOT_RUN = {
  scenarios: [
    'sep-2640-skills-directory',
    'sep-2640-skills-enumeration',
    'sep-2640-skills-manifest',
  ],
  reason:
    'Skills (SEP-2640) are an extension, and this server has none: a component has tools, resources and prompts.',
}

export const EXPECTED: readonly ExpectedFailure[] = [
  {
    revision: '2026-07-28',
    scenario: 'input-required-result-ignore-extra-params',
    // A warning of the suite: SHOULD.
    checks: ['sep-2322-ignore-unexpected-params'],
    reason:
      'The scenario answers a question that was never asked: its first request has answers and no state. ' +
      'An answer counts only with the sealed state of the question that this client was asked. With it, ' +
      'what else is among the answers is ignored (test/server/questions.test.ts).',
  },
  {
    revision: '2025-11-25',
    scenario: 'json-schema-2020-12',
    checks: ['json-schema-2020-12-tool-found'],
    reason: NO_SCHEMA_OF_ITS_OWN,
  },
  {
    revision: '2026-07-28',
    scenario: 'json-schema-2020-12',
    checks: ['json-schema-2020-12-tool-found'],
    reason: NO_SCHEMA_OF_ITS_OWN,
  },
  {
    revision: '2026-07-28',
    scenario: 'http-custom-header-server-validation',
    checks: [
      'sep-2243-server-no-xmcp-tool',
      'sep-2243-server-decode-base64',
      'sep-2243-server-validate-param-match',
      'sep-2243-server-reject-invalid-param-chars',
      'sep-2243-server-reject-param-mismatch',
    ],
    reason: NO_PARAMETER_HEADERS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-lifecycle',
    checks: [
      'tasks-sync-tool-call',
      'sep-2663-result-type-task-on-create',
      'sep-2663-tasks-get-status-working',
      'sep-2663-tasks-get-status-completed',
      'sep-2663-tool-error-uses-completed-status',
      'sep-2663-tasks-get-status-failed',
      'sep-2663-cancel-ack-empty-result',
      'tasks-cancel-terminal-idempotent-ack',
    ],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-capability-negotiation',
    checks: [
      'tasks-extension-advertised',
      'sep-2663-tasks-methods-non-declaring',
      'sep-2663-server-rejects-undeclared-client',
      'tasks-per-request-meta-opt-in',
    ],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-wire-fields',
    checks: [
      'tasks-wire-field-renames',
      'tasks-no-early-ttl-expiry',
      'tasks-no-related-task-meta-on-inlined-result',
    ],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-request-state-removal',
    checks: ['tasks-request-state-removal-setup'],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-mrtr-input',
    checks: [
      'sep-2663-tasks-get-status-input-required',
      'tasks-mrtr-tasks-update-resumes',
      'tasks-mrtr-partial-fulfillment',
    ],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-request-headers',
    checks: [
      'tasks-headers-tolerate-mcp-method-on-tools-call',
      'sep-2663-routing-headers-accepted-on-tasks-get',
      'sep-2663-server-rejects-mismatched-mcp-name-on-tasks-get',
    ],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-dispatch-and-envelope',
    checks: [
      'tasks-server-directed-creation-no-hint',
      'sep-2663-legacy-task-param-ignored',
      'tasks-immediate-result-shortcut',
      'tasks-result-type-complete-on-non-task-responses',
      'sep-2663-durable-create-strong-consistency',
      'sep-2663-tasks-get-invalid-task-id-32602',
    ],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-required-task-error',
    checks: ['sep-2663-server-returns-missing-capability-when-required'],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-mrtr-composition',
    checks: ['sep-2663-mrtr-synchronous-before-task-creation'],
    reason: NO_TASKS,
  },
  {
    revision: '2026-07-28',
    scenario: 'tasks-status-notifications',
    checks: ['tasks-status-notifications'],
    reason:
      'The suite itself skips its only check, until it listens on subscriptions/listen for it.',
  },
]
