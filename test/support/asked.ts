import type { Result } from '../../src/policy/result.ts'

/** What a question was answered with: the person was asked. */
export function asked<T>(answer: Result<T, string>): T {
  if (!answer.ok) throw new Error(`nobody was asked: ${answer.error}`)
  return answer.value
}
