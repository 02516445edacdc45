// Somebody whom a provider knows and whom the host did not let in.

import { Layout } from '../layout.tsx'
import { WhoYouAre } from './host-notice.tsx'

export function NotAllowed(props: { issuer: string; subject: string; hasHost: boolean }) {
  const { issuer, subject, hasHost } = props
  return (
    <Layout title="Not allowed">
      <p>
        You are known to the identity provider, but the host of this server did not let you in. This
        is how it knows you:
      </p>
      <WhoYouAre issuer={issuer} subject={subject} />
      <p>
        The host lets people in by <code>SIGN_IN_ALLOW</code>
        {hasHost ? null : (
          <>
            {' '}
            and is named by <code>HOST_SUBJECTS</code>, which names no one yet: if you deployed this
            server, put your subject there and deploy again
          </>
        )}
        .
      </p>
    </Layout>
  )
}
