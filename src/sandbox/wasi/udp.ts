// wasi:sockets/udp and udp-create-socket: the platform sends no datagrams, so creating a socket says
// `not-supported`, as on a host without the address family. Without a socket no method below is reached.

import { refuse } from './network.ts'

const unreachable = (): never => refuse('not-supported')

class UdpSocket {
  startBind(): never {
    return unreachable()
  }
  finishBind(): never {
    return unreachable()
  }
  stream(): never {
    return unreachable()
  }
  localAddress(): never {
    return unreachable()
  }
  remoteAddress(): never {
    return unreachable()
  }
  addressFamily(): never {
    return unreachable()
  }
  unicastHopLimit(): never {
    return unreachable()
  }
  setUnicastHopLimit(): never {
    return unreachable()
  }
  receiveBufferSize(): never {
    return unreachable()
  }
  setReceiveBufferSize(): never {
    return unreachable()
  }
  sendBufferSize(): never {
    return unreachable()
  }
  setSendBufferSize(): never {
    return unreachable()
  }
  subscribe(): never {
    return unreachable()
  }
}

class IncomingDatagramStream {
  receive(): never {
    return unreachable()
  }
  subscribe(): never {
    return unreachable()
  }
}

class OutgoingDatagramStream {
  checkSend(): never {
    return unreachable()
  }
  send(): never {
    return unreachable()
  }
  subscribe(): never {
    return unreachable()
  }
}

export function udp(): Record<string, Record<string, unknown>> {
  return {
    'wasi:sockets/udp': { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    'wasi:sockets/udp-create-socket': { createUdpSocket: unreachable },
  }
}
