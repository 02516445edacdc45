import { get as setting } from 'wasi:config/store@0.2.0-rc.1'

export const clock = {
  now: () => BigInt(Math.floor(Date.now() / 1000)),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  print: (text) => console.log(text),
}

export const web = {
  async get(url) {
    const response = await fetch(url)
    if (!response.ok) throw `status ${response.status}`
    return await response.text()
  },
}

export const settings = { setting: (key) => setting(key) }
