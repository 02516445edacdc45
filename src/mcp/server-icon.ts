// The server's own icon, for clients and for browsers: a PNG of 64 pixels, drawn by `build/server-icon.ts`.

const BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAYAAACqaXHeAAABNklEQVR42u3bOw6CQBCA4T0C3d7AmhNsSOyssN/KwtIL' +
  'GEtrEq/gQais6Ww5ypo1aEjkIRjkMf8mUxGyMx+4WMwo1bK0sZE2NtHGptpYN5NIi5wj1XdpY2NtbD6jouvC1xB3KTyY' +
  '2dPu8lYEbcWH2thsgcW/wtcWNj35JRdfRgiqAFIBxb9/DlUHnhMWcRkgFwiQl7/zTmhEqvjDIBUgkXb4fR6Ggot/RmeA' +
  '1WbvtofzJMPnNjiA32iqy+cGAAAAAADAWACny3XwT53fY7IAfRIYe38AAAAAAAAA+GMCt+xee7+/BgAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAAAAABMB6CpTe6bNrX17lh7v7829P4/AyyxUVJ8q6z4ZmnZ7fLiByYYmWFoirE5BicZnWV4Wu74' +
  '/ANN+seYS4x3GgAAAABJRU5ErkJggg=='

export const SERVER_ICON = {
  path: '/icon.png',
  type: 'image/png',
  sizes: ['64x64'],
  bytes: Uint8Array.from(atob(BASE64), (char) => char.charCodeAt(0)),
}
