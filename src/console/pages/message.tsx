// A page that says one thing. Title and text are ours.

import { Layout } from '../layout.tsx'

export function Message(props: {
  title: string
  text: string
  /** Where the person goes from here: the console, if nowhere else. */
  next?: { readonly href: string; readonly text: string }
}) {
  const { href, text } = props.next ?? { href: '/console', text: 'To the console' }
  return (
    <Layout title={props.title}>
      <p>{props.text}</p>
      <p>
        <a href={href}>{text}</a>
      </p>
    </Layout>
  )
}
