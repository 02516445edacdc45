// Where a person deletes everything that is theirs. What the audit keeps is said before, not after.

import type { Person } from '../../store/people.ts'
import { Layout } from '../layout.tsx'

/** Typed by the person: a press of a button is too little for what cannot be undone. */
export const CONFIRMATION = 'forget me'

export function ForgetPage(props: { person: Person }) {
  return (
    <Layout title="Delete everything of yours" person={props.person.name}>
      <p>
        Your components and what you granted them, your variables, your files, what components kept
        for you, and every session of yours and of your clients end at once. This cannot be undone.
      </p>
      <p>
        The audit keeps that something was done, when and with what outcome. Names, texts and
        arguments are forgotten there too: what is left cannot be led back to you.{' '}
        <a href="/api/audit">Take a copy first</a>, if you want one.
      </p>
      <form method="post" action="/console/forget">
        <label>
          Type <strong>{CONFIRMATION}</strong> <input name="confirmation" autocomplete="off" />
        </label>{' '}
        <button name="action" value="forget">
          Delete everything
        </button>
      </form>
    </Layout>
  )
}
