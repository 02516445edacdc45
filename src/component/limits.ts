// How much of a component, of its arguments and of its answers is read at all. Every number is far
// above what honest components need; what it costs us to go further is the reason beside it.

export const COMPONENT_LIMITS = {
  /**
   * Bytes. Python guests of componentize-py have 18 MB, those of 2025 up to 41 MB, more than half
   * of it debug information; StarlingMonkey guests 13 MB. An isolate of 128 MB has to hold it.
   */
  MAX_COMPONENT_BYTES: 48 * 1024 * 1024,

  /**
   * Fuel (`opcodes.ts`) that jco's bindgen may burn on one component, and more for each byte that it is
   * given: half a second to a second of a core, then another for 20 MB. Small ones of ours take 100 to 900
   * million; RustPython's 12 MB take 6,200 million, pure code 700 a byte.
   */
  COMPILE_FUEL: 10_000_000_000,
  COMPILE_FUEL_PER_BYTE: 1_000,

  /** Wall-clock time of one compile, its turn waited for; one of 12 MB takes two seconds, many more on a busy machine. */
  MAX_COMPILE_MS: 60_000,

  /** Bytes of linear memory that bindgen has for one component. It holds the file three to four times. */
  MAX_COMPILE_MEMORY_BYTES: 256 * 1024 * 1024,

  /** Bytes of the JavaScript that a component becomes. RustPython's are 0.6 MB, WASI 0.3 brings 1.5. */
  MAX_GLUE_BYTES: 8 * 1024 * 1024,

  /**
   * Bytes of core modules and JavaScript that a component becomes. A message between isolates holds 32
   * MiB; the tools have to fit beside them.
   */
  MAX_ARTIFACT_BYTES: 30 * 1024 * 1024,

  /** Components inside components. Composing tools nest two to four; each level is a recursion. */
  MAX_NESTING_DEPTH: 16,

  /** Types inside types, and declarations inside declarations. WASI's deepest have 6. */
  MAX_TYPE_DEPTH: 32,

  /** Types of one function when written out in full. `wasi:http`'s error-code has about 80. */
  MAX_TYPE_NODES: 4_000,

  /**
   * The same, summed over all exported functions: types share parts, so small files can say much.
   */
  MAX_MODEL_NODES: 100_000,

  /**
   * Items read from one file or core module (types, fields, aliases, names, functions). Real ones have a
   * few thousand, of functions some ten thousand. They are read without a pause: 50 ms.
   */
  MAX_ITEMS: 200_000,

  /**
   * Steps of instantiating nested components. Doubling at each level would otherwise be
   * exponential.
   */
  MAX_STEPS: 200_000,

  /** Exported functions. The largest known tool set has 95. */
  MAX_FUNCTIONS: 1_000,

  /**
   * Parameters of one core function. An engine's own bound is 1,000; the most of real ones have 23, and every one
   * that a call passes is code and work of it.
   */
  MAX_PARAMETERS: 255,

  /**
   * Values that a core function or a block returns, that a block takes or an exception carries. Each branch moves
   * as many, be it two bytes long. Toolchains write one.
   */
  MAX_VALUES: 16,

  /** Locals of one core function beside its parameters, set to zero by each call. The most of real ones are 371. */
  MAX_LOCALS: 10_000,

  /**
   * Of one core function, what an engine has to do when it is called first, while everybody waits
   * (`compile-weight.ts`): values times instructions, and the more for branches. One takes 5 to 15 ns, with up to
   * two bytes of code: a second at the most. The largest function of RustPython has 20 million.
   */
  MAX_FUNCTION_WEIGHT: 100_000_000,

  /** The same of all functions of a component together. StarlingMonkey has 610 million. */
  MAX_CODE_WEIGHT: 2_000_000_000,

  /** Bytes of one import or export name. The longest of 152 real components has 89. */
  MAX_NAME_BYTES: 512,

  /** Bytes of a `package-docs` section. Larger ones count as absent: docs are a courtesy. */
  MAX_DOCS_BYTES: 256 * 1024,

  /** Bytes of a WIT text beside a component. That of our eleven, WASI's parts included, has 82 KB. */
  MAX_WIT_BYTES: 256 * 1024,

  /** Characters of a tool's description: it is put before a model on every listing. */
  MAX_DESCRIPTION_CHARS: 2_000,

  /** Characters of the description of one field. */
  MAX_FIELD_DOCS_CHARS: 300,

  /** Bytes of a tool's two schemas as JSON. Clients send them to a model on every listing. */
  MAX_SCHEMA_BYTES: 64 * 1024,

  /**
   * Over all tools of a component, descriptions and names too, as a row of a database keeps them: D1's have
   * 2 MB. Beyond it a tool has no words of its author, then no place.
   */
  MAX_SCHEMAS_BYTES: 1024 * 1024,

  /**
   * Bytes of schemas with descriptions that are made before more tools get none: types share
   * parts, and each mention repeats the words.
   */
  MAX_DESCRIBED_BYTES: 4 * 1024 * 1024,

  /** Characters and bytes of all arguments of a call; ours to hold, then the guest's. */
  MAX_ARGUMENT_BYTES: 4 * 1024 * 1024,

  /** Values in the arguments of a call: each costs an object of ours, however short its JSON. */
  MAX_ARGUMENT_VALUES: 200_000,

  /** Core instances of one component, those of repeated nested ones included. Real ones have 15. */
  MAX_CORE_INSTANCES: 256,

  /**
   * What all core instances of a component start with (`instance-weight.ts`), in units of fuel, about: an engine
   * does that at the start of every call and cannot be suspended, some 50 ms. RustPython has 950,000.
   */
  MAX_INSTANCES_WEIGHT: 4_000_000,

  /**
   * 64 KiB pages of all memories of a component together: 64 MiB. StarlingMonkey starts with 145, most with
   * 17.
   */
  MAX_MEMORY_PAGES: 1024,

  /**
   * Memories of one component, of whose pages they have `MAX_MEMORY_PAGES` together. An engine sets 8 GiB of
   * addresses aside for each, so a process has some 16,000. Of 152 real ones none has more than 4, composed
   * ones have one for each part.
   */
  MAX_MEMORIES: 16,

  /** Entries of one table, a pointer each. The largest of 308 real ones has 7,778. */
  MAX_TABLE_ENTRIES: 100_000,

  /** Tables of one component. Core modules have one at most, and there are 15 of them at most. */
  MAX_TABLES: 64,
} as const
