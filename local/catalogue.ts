// Publishes our example components to the local catalogue: the bytes to R2 under their digest, then the row that
// points at them. Run twice, or cut off anywhere, it leaves the same catalogue.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { LocalBindings } from './bindings.ts'

type ExampleComponent = {
  name: string
  description: string
  bytes: Uint8Array
  hex: string
  /** Nothing for a component without `policy.yaml`: it asks for no permission. */
  policy: string | null
  /** The files of `wit/`, one behind the other: what its tools are described by. */
  wit: { bytes: Uint8Array; hex: string } | null
}

/** Returns the names in the catalogue that come from `components/`. */
export async function seedCatalogue(
  { DB, STORE }: LocalBindings,
  components: string,
  now: () => number = Date.now,
): Promise<string[]> {
  const examples = readExamples(components)
  const store = async (key: string, content: Uint8Array, sha256: string) => {
    if (await STORE.head(key)) return
    await STORE.put(key, content, { onlyIf: { etagDoesNotMatch: '*' }, sha256 })
  }
  for (const { name, description, bytes, hex, policy, wit } of examples) {
    await store(`components/sha256/${hex}.wasm`, bytes, hex)
    if (wit) await store(`wit/sha256/${wit.hex}.wit`, wit.bytes, wit.hex)
    // The date of publication is that of the digest, so it stays while the bytes do.
    await DB.prepare(
      `INSERT INTO catalogue (name, description, digest, bytes, policy, published_at, wit)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
       ON CONFLICT (name) DO UPDATE SET
         description = excluded.description, digest = excluded.digest, bytes = excluded.bytes,
         policy = excluded.policy, wit = excluded.wit,
         icon = iif(digest = excluded.digest, icon, NULL),
         published_at = iif(digest = excluded.digest, published_at, excluded.published_at)`,
    )
      .bind(
        name,
        description,
        `sha256:${hex}`,
        bytes.byteLength,
        policy,
        now(),
        wit && `sha256:${wit.hex}`,
      )
      .run()
  }
  return examples.map(({ name }) => name)
}

/** Every `components/<name>/` that has its built `<name>.wasm`. */
function readExamples(components: string): ExampleComponent[] {
  if (!existsSync(components)) return []
  return readdirSync(components, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => existsSync(path.join(components, name, `${name}.wasm`)))
    .sort()
    .map((name) => readExample(path.join(components, name), name))
}

function readExample(directory: string, name: string): ExampleComponent {
  const bytes = readFileSync(path.join(directory, `${name}.wasm`))
  return {
    name,
    bytes,
    hex: sha256(bytes),
    description: firstParagraph(readIfThere(path.join(directory, 'README.md')) ?? ''),
    policy: readIfThere(path.join(directory, 'policy.yaml')),
    wit: readWit(path.join(directory, 'wit')),
  }
}

/** `wit/deps` holds what others wrote; it describes no tool. */
function readWit(directory: string): ExampleComponent['wit'] {
  if (!existsSync(directory)) return null
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.wit'))
    .sort()
  const bytes = Buffer.concat(files.map((file) => readFileSync(path.join(directory, file))))
  return bytes.byteLength === 0 ? null : { bytes, hex: sha256(bytes) }
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function readIfThere(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

/** The first paragraph after the title, on one line. */
export function firstParagraph(markdown: string): string {
  const paragraphs = markdown.split(/\r?\n\s*\r?\n/).map((text) => text.trim())
  const withoutTitle = paragraphs.map((text) => text.replace(/^#+ .*(\r?\n|$)/, '').trim())
  return (withoutTitle.find((text) => text !== '') ?? '').replaceAll(/\s+/g, ' ')
}
