import { describe, expect, it } from 'vitest'
import { redirectTarget } from '../../src/oauth/redirect-target.ts'

describe('where a client has people sent', () => {
  it.each([
    ['http://127.0.0.1:40001/callback?a=1', 'http://127.0.0.1/callback?a=1'],
    ['http://127.0.0.1', 'http://127.0.0.1/'],
    ['http://127.1:8/x', 'http://127.0.0.1/x'],
    ['http://127.9.9.9:8/x', 'http://127.9.9.9/x'],
    ['HTTP://LocalHost:8/x', 'http://localhost/x'],
    ['https://localhost:8/x', 'https://localhost/x'],
    ['http://[::1]:8/x', 'http://[::1]/x'],
  ])('is, at %s, their own computer, at any port', (uri, address) => {
    expect(redirectTarget(uri)).toMatchObject({ isLoopback: true, address })
  })

  it.each([
    'https://client.example:8443/callback',
    'https://127.0.0.1.example/callback',
    'https://localhost.example/callback',
    'https://client.example/?next=http://127.0.0.1:8/',
  ])('is, at %s, exactly what it says', (uri) => {
    expect(redirectTarget(uri)).toMatchObject({ isLoopback: false, address: uri })
  })
})
