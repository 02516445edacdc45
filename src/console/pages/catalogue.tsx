// What the host of the server offers: searched, a page at a time, and loaded by a button.

import type { CatalogueListing } from '../../store/catalogue.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Theirs } from '../layout.tsx'
import { IconImage } from './icon.tsx'

export const CATALOGUE_PATH = '/console/catalogue'

export interface CatalogueView {
  readonly query: string
  readonly entries: readonly CatalogueListing[]
  /** Of all pages. */
  readonly total: number
  /** Of the page behind this one; `null`: this is the last. */
  readonly nextCursor: string | null
  /** Names of entries that the person has loaded, with the digests of what they have. */
  readonly loaded: ReadonlyMap<string, string>
}

export function CataloguePage(props: { person: Person; view: CatalogueView }) {
  const { query, entries, total, nextCursor, loaded } = props.view
  return (
    <Layout title="Catalogue" person={props.person.name}>
      <form method="get" action={CATALOGUE_PATH} class="filter">
        <label>
          Words <input type="search" name="query" value={query} maxlength={256} />
        </label>{' '}
        <button>Search</button>
        <p>{total === 1 ? '1 component' : `${total} components`}</p>
      </form>
      {entries.map((entry) => (
        <Entry entry={entry} mine={loaded.get(entry.name) ?? null} />
      ))}
      {nextCursor === null ? null : (
        <p>
          <a href={`${CATALOGUE_PATH}?${new URLSearchParams({ query, cursor: nextCursor })}`}>
            More
          </a>
        </p>
      )}
    </Layout>
  )
}

/** `mine`: the digest of what the person has of it. */
function Entry(props: { entry: CatalogueListing; mine: string | null }) {
  const { entry, mine } = props
  return (
    <section>
      <h2>
        {entry.icon === null ? null : <IconImage icon={entry.icon} side={24} />}{' '}
        <Theirs text={entry.name} />
      </h2>
      <p>
        <Theirs text={entry.description} />
      </p>
      <p class="small">
        <code>{entry.digest}</code>
      </p>
      {mine === entry.digest ? (
        <p>You have it.</p>
      ) : (
        <form method="post" action={CATALOGUE_PATH}>
          <input type="hidden" name="name" value={entry.name} />
          <button name="action" value="load">
            {mine === null ? 'Load' : 'Load in the place of the version that you have'}
          </button>
        </form>
      )}
    </section>
  )
}
