// Checks of `@modelcontextprotocol/conformance` that this server does not pass, each with its reason. One that
// passes after all has to leave this list.

export interface ExpectedFailure {
  readonly revision: string
  readonly scenario: string
  readonly check: string
  readonly reason: string
}

export const EXPECTED: readonly ExpectedFailure[] = [
  {
    revision: '2026-07-28',
    scenario: 'input-required-result-ignore-extra-params',
    // A warning of the suite: SHOULD.
    check: 'sep-2322-ignore-unexpected-params',
    reason:
      'The scenario answers a question that was never asked: its first request has answers and no state. ' +
      'An answer counts only with the sealed state of the question that this client was asked. With it, ' +
      'what else is among the answers is ignored (test/server/questions.test.ts).',
  },
]
