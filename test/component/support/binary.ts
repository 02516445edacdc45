// Writes binaries by hand, for what no toolchain would write.

type Bytes = readonly number[]

export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))]
}

export const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)]
  return [...leb(bytes.length), ...bytes]
}

/** A name of an import or export, with the byte before it. */
export const externName = (value: string): number[] => [0x00, ...text(value)]

export const vector = (items: readonly Bytes[]): number[] => [...leb(items.length), ...items.flat()]

export const section = (id: number, body: Bytes): number[] => [id, ...leb(body.length), ...body]

export const custom = (name: string, content: Bytes): number[] =>
  section(0, [...text(name), ...content])

const COMPONENT = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]
const MODULE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

export const componentBytes = (...sections: Bytes[]): number[] => [...COMPONENT, ...sections.flat()]

export const moduleBytes = (...sections: Bytes[]): number[] => [...MODULE, ...sections.flat()]

export const component = (...sections: Bytes[]): Uint8Array =>
  Uint8Array.from(componentBytes(...sections))
