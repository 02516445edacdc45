// `GET /health`: 200 when the stores that every call needs answer.

export async function health(env: Env): Promise<Response> {
  const checks = {
    d1: env.DB.prepare('SELECT count(*) FROM catalogue').first(),
    r2: env.STORE.head('health'),
    kv: env.OAUTH_KV.get('health'),
  }
  const settled = await Promise.allSettled(Object.values(checks))
  const failed = Object.keys(checks).filter((_, i) => settled[i]?.status === 'rejected')
  if (failed.length > 0) return Response.json({ status: 'failing', failed }, { status: 503 })
  return Response.json({ status: 'ok' })
}
