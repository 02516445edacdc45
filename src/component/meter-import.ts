// What metered modules import besides their own imports. The shell provides it.

/**
 * No component can name this module: the allow-list of core names (`name-forms.ts`) has no
 * parenthesis.
 */
export const METER_MODULE = '(meter)'

/**
 * A mutable i64: fuel left of the slice at hand, below zero when more is needed. It is up to date
 * whenever code of another module runs.
 */
export const FUEL_GLOBAL = 'fuel'

/** `() -> ()`. Called with fuel below zero; afterwards it is not, or the guest has ended. */
export const TICK_FUNCTION = 'tick'

/** A mutable i32 that is never negative: 64 KiB pages by which memories may still grow. */
export const PAGES_GLOBAL = 'pages'

/**
 * A custom section of a module that defines memories: how many pages they start with, together, as 32
 * little-endian bits. Only metering writes one: it leaves out every custom section of the original.
 */
export const MEMORY_SECTION = '(memory)'

/**
 * A function with more calls in its text that may be of the host checks its fuel after each of them: what
 * the host took is to be seen soon.
 */
export const CALLS_WITHOUT_CHECK = 4
