// A request of a client for authorization that is not valid: nobody is sent on where they have allowed nothing.

import { Layout, Theirs } from '../layout.tsx'

export function RefusedRequest(props: {
  /** What is wrong, in our words. */
  text: string
  host: string
  /** At that host, with the error for the client. */
  href: string
}) {
  const { text, host, href } = props
  return (
    <Layout title="Request refused">
      <p>{text}</p>
      <dl>
        <dt>The client is at</dt>
        <dd>
          <Theirs text={host} />
        </dd>
      </dl>
      <p class="warning">
        Whoever made the link to this page chose that host. Go there only if you know it.
      </p>
      <p>
        <a href={href} rel="noreferrer">
          Back to <Theirs text={host} />
        </a>
        . <a href="/console">To the console</a>.
      </p>
    </Layout>
  )
}
