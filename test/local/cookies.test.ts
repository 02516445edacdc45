import { describe, expect, it } from 'vitest'
import { CookieJar } from '../../local/cookies.ts'

const local = new URL('http://127.0.0.1:8787/a/b')

function jarWith(url: URL, ...setCookies: string[]) {
  const jar = new CookieJar()
  jar.store(url, setCookies)
  return jar
}

describe('CookieJar', () => {
  it('keeps the cookies of two ports apart', () => {
    const jar = jarWith(local, 'a=1; Path=/')
    expect(jar.header(local)).toBe('a=1')
    expect(jar.header(new URL('http://127.0.0.1:8788/'))).toBeUndefined()
  })

  it('takes Secure and __Host- cookies on loopback, and nowhere else without TLS', () => {
    const cookie = '__Host-s=1; Path=/; Secure; HttpOnly; SameSite=Lax'
    expect(jarWith(local, cookie).header(local)).toBe('__Host-s=1')
    const elsewhere = new URL('http://example.com/')
    expect(jarWith(elsewhere, cookie).header(elsewhere)).toBeUndefined()
  })

  it.each([
    '__Host-s=1; Path=/',
    '__Host-s=1; Secure',
    '__Host-s=1; Path=/; Secure; Domain=x',
    '__Secure-s=1',
  ])('drops %j, which breaks its prefix', (cookie) =>
    expect(jarWith(local, cookie).header(local)).toBeUndefined(),
  )

  it('sends a cookie within its path only, longer paths first', () => {
    const jar = jarWith(local, 'root=1; Path=/', 'deep=2; Path=/a', 'other=3; Path=/ab', 'own=4')
    expect(jar.header(local)).toBe('deep=2; own=4; root=1')
    expect(jar.header(new URL('/ab', local))).toBe('other=3; root=1')
  })

  it('forgets what is set to expire', () => {
    const jar = jarWith(local, 'a=1; Path=/', 'b=2; Path=/')
    jar.store(local, ['a=; Path=/; Max-Age=0', 'b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
    expect(jar.header(local)).toBeUndefined()
  })
})
