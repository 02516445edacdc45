// What this server calls itself, to clients and to collectors.

export const SERVER_INFO = { name: 'wassette-edge', title: 'wassette-edge', version: '0.1.0' }
