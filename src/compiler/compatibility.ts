// The platform surface of every isolate we load: one date, no Node.js.

/** Part of each isolate's identity: a change of it is a change of the id. */
export const ISOLATE_COMPATIBILITY = {
  compatibilityDate: '2026-10-15',
  compatibilityFlags: ['no_nodejs_compat', 'no_nodejs_compat_v2'],
}
