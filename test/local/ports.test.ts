import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { findFreePort, readPorts, requireFreePorts } from '../../local/ports.ts'

describe('readPorts', () => {
  it('has defaults, which the environment overrides one by one', () => {
    expect(readPorts({})).toEqual({ PORT: 8787, IDENTITY_PORT: 8788, ORIGIN_PORT: 8789 })
    expect(readPorts({ IDENTITY_PORT: '9000', PORT: '' })).toMatchObject({
      PORT: 8787,
      IDENTITY_PORT: 9000,
    })
  })

  it.each(['0', '65536', '80a', '-1', '8787.5', ' '])(
    'refuses %j and names the variable',
    (text) => {
      expect(() => readPorts({ ORIGIN_PORT: text })).toThrow(/^ORIGIN_PORT is .* 1 to 65535$/)
    },
  )

  it('refuses one port for two servers', () => {
    expect(() => readPorts({ PORT: '8788' })).toThrow('PORT and IDENTITY_PORT are both 8788')
  })
})

describe('requireFreePorts', () => {
  it('names the taken port and the variable to set', async () => {
    const server = createServer()
    const taken = await findFreePort()
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve))
    const ports = { PORT: await findFreePort(), IDENTITY_PORT: taken, ORIGIN_PORT: 1 }
    await expect(requireFreePorts(ports)).rejects.toThrow(
      new RegExp(`^Port ${taken} for the identity provider is taken.*IDENTITY_PORT=`),
    )
    await new Promise((resolve) => server.close(resolve))
  })
})
