// The lines of an export as they are read from the stores: what the statement promises, page by page.

import type { AuditKind } from '../audit/event.ts'
import { ADMINISTRATIVE } from '../audit/event.ts'
import { printLine } from '../audit/lines.ts'
import type { AuditRecord } from '../audit/record.ts'
import type { ExportStatement, Signed } from '../audit/statement.ts'
import type { AuditStore } from './audit.ts'
import type { Checkpoints } from './checkpoints.ts'

/** Records read at once, fewer of those that are long. */
const PAGE = 200

export async function* exportLines(
  signed: Signed,
  store: AuditStore,
  checkpoints: Checkpoints,
): AsyncGenerator<string> {
  const { statement } = signed
  if (statement.type !== 'export') throw new Error('an export opens with its statement')
  const { chain, to, texts } = statement
  yield printLine(signed)
  for (let from = statement.from; from <= to;) {
    const end = Math.min(to, from + PAGE - 1)
    const records = await store.page(chain, from, end)
    const last = records.at(-1)?.body.seq ?? end
    const marks = await checkpoints.get(chain, await checkpoints.between(chain, from, last))
    from = last + 1
    const lines = records.flatMap((record) => {
      const mark = marks.get(record.body.seq)
      const line = printLine(shown(record, texts))
      return mark === undefined ? [line] : [line, printLine(mark)]
    })
    yield lines.join('')
  }
}

/** Texts of others are not shown, but for what they did to the server. */
function shown(record: AuditRecord, texts: ExportStatement['texts']): AuditRecord {
  const isOpen = texts === 'all' || ADMINISTRATIVE.has(record.body.kind as AuditKind)
  return isOpen ? record : { ...record, private: null }
}
