// npm run label -- <component.wasm> <label>...
// Appends what a component says of itself (docs/labels.md) to its file: private, untrusted or outward.
import { writeFileSync } from 'node:fs'
import { readLabels, withLabels } from '../src/component/labels.ts'
import { Label, LABELS } from '../src/policy/labels.ts'
import { readNamed } from './named-file.ts'
import { endWith, UsageError } from './usage-error.ts'

const USAGE = `npm run label -- <component.wasm> <label>...
  labels: ${LABELS.join(', ')}. They are added to those that the file has.`

async function main(): Promise<void> {
  const [file, ...words] = process.argv.slice(2)
  const labels = words.map((word) => Label.safeParse(word))
  if (file === undefined || labels.length === 0) throw new UsageError(USAGE)
  const known = labels.flatMap((label) => (label.success ? [label.data] : []))
  if (known.length < labels.length) throw new UsageError(USAGE)
  const labelled = withLabels(readNamed(file, USAGE), known)
  const all = readLabels(labelled)
  if (!all.ok)
    throw new UsageError(`${file} is no component that can be labelled: ${all.error.reason}`)
  writeFileSync(file, labelled)
  console.log(`${file}: ${all.value.join(', ')}`)
}

await main().catch(endWith)
