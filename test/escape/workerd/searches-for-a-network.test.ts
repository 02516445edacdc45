// JavaScript of a guest's choice runs in the isolate: every way that a Worker has to reach somebody, tried
// by hand. The isolate itself has no network.

import { expect, it } from 'vitest'
import { owned, valueOf } from './support/owned.ts'

it('finds none', async () => {
  const told = await valueOf(
    owned(`
      const ways = {
        'fetch': () => fetch('https://client.example/mcp.json'),
        'fetch of loopback': () => fetch('http://127.0.0.1/'),
        'fetch of a socket': () => fetch(new Request('http://localhost/', { method: 'POST', body: 'x' })),
        'WebSocket': () => new Promise((resolve, reject) => {
          const socket = new WebSocket('wss://client.example/')
          socket.addEventListener('open', resolve)
          socket.addEventListener('error', () => reject(new Error('no socket')))
          socket.addEventListener('close', () => reject(new Error('no socket')))
        }),
        'connect': async () => {
          const { connect } = await import('cloudflare:sockets')
          await connect({ hostname: '127.0.0.1', port: 80 }).opened
        },
        'caches': () => caches.default.put('http://a.example/', new Response('x')),
        'node:net': () => import('node:net'),
        'node:http': () => import('node:http'),
        'node:fs': () => import('node:fs'),
        'another module': () => import('https://client.example/x.js'),
        'eval': () => (0, eval)('1'),
        'new Function': () => new Function('return 1')(),
        'wasm from bytes': () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
      }
      const told = []
      for (const [name, way] of Object.entries(ways)) {
        told.push(await Promise.resolve().then(way).then(() => name, () => null))
      }
      return answer(told.filter((one) => one !== null))`),
  )
  expect(told).toEqual([])
})
