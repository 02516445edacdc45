// Two texts of a stranger as one, with what differs marked. Whatever changed is shown, all of it; long runs that
// stayed are counted instead.

import { showText } from '../component/show.ts'
import type { DiffBudget, Piece } from './diff.ts'
import { diffOf } from './diff.ts'

/** Words or lines of what stayed that are shown beside a change. */
const CONTEXT = 12

export function DiffText(props: {
  before: readonly string[]
  after: readonly string[]
  budget: DiffBudget
}) {
  const pieces = diffOf(props.before, props.after, props.budget)
  return (
    <pre class="theirs diff">
      {pieces.map((piece, index) => (
        <Marked piece={piece} first={index === 0} last={index === pieces.length - 1} />
      ))}
    </pre>
  )
}

function Marked({ piece, first, last }: { piece: Piece; first: boolean; last: boolean }) {
  const { kind, parts } = piece
  if (kind === 'gone') return <del>- {shown(parts)}</del>
  if (kind === 'new') return <ins>+ {shown(parts)}</ins>
  const [head, tail] = [first ? 0 : CONTEXT, last ? 0 : CONTEXT]
  const left = parts.length - head - tail
  if (left <= CONTEXT) return <>{shown(parts)}</>
  return (
    <>
      {shown(parts.slice(0, head))}
      <span class="left">{`\n… ${left} the same …\n`}</span>
      {shown(parts.slice(parts.length - tail))}
    </>
  )
}

function shown(parts: readonly string[]): string {
  return showText(parts.join(''))
}
