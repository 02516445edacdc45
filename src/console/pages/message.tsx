// A page that says one thing. Title and text are ours.

import { Layout } from '../layout.tsx'

export function Message(props: { title: string; text: string }) {
  return (
    <Layout title={props.title}>
      <p>{props.text}</p>
      <p>
        <a href="/console">To the console</a>
      </p>
    </Layout>
  )
}
