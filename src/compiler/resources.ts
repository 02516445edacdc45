// Where jco 1.35 confuses resources, for it takes a resource for a number in one table. An object of JavaScript
// stands in the table of the part of a component that it came from; given to a function of another part, its number
// means another resource there. A part that only uses a resource is lent it as if it had defined it. Objects
// that come in a list all end the last one of them.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

/** Where an object of the generated code keeps its table. No WIT name begins with an underscore. */
const TABLE = '_table'

const HELPERS = `
  const _isDefiner = new Set();
  function _newResource(table, rep) { table._createdReps.add(rep); return rscTableCreateOwn(table, rep); }
  function _heldIn(object, table) {
    const from = object.${TABLE};
    if (from === undefined || from === table || !object[symbolRscHandle]) return object[symbolRscHandle];
    from._registry.unregister(object);
    const { rep } = rscTableRemove(from, object[symbolRscHandle]);
    const handle = rscTableCreateOwn(table, rep);
    object[symbolRscHandle] = handle;
    object.${TABLE} = table;
    table._registry?.register(object, handle, object);
    return handle;
  }
  function _lent(table, handle) {
    const rep = table[(handle << 1) + 1] & ~T_FLAG;
    if (_isDefiner.has(table)) return rep;
    const free = table[0] & ~T_FLAG;
    if (free === 0) { table.push(0, rep); return (table.length >> 1) - 1; }
    table[0] = table[free << 1];
    table[free << 1] = 0;
    table[(free << 1) + 1] = rep;
    return free;
  }
`

interface Edit {
  /** Occurs wherever the shape has to be found, so that another jco fails here. */
  readonly mark: RegExp
  readonly shape: RegExp
  readonly instead: string
}

const HANDLE = String.raw`handle\d+`
const RESOURCE = String.raw`rsc\d+`

const EDITS: readonly Edit[] = [
  {
    // Only the part that defines a resource makes one out of nothing, and knows it by what it made it of.
    mark: /= rscTableCreateOwn\.bind\(/g,
    shape: /= rscTableCreateOwn\.bind\(null, (handleTable\d+)\);/g,
    instead: '= _newResource.bind(null, $1); _isDefiner.add($1);',
  },
  {
    mark: /\btable\._createdReps\.add\(/g,
    shape: /^ *table\._createdReps\.add\(rep\);\n/gm,
    instead: '',
  },
  {
    mark: /\brscTableRemove\(handleTable\d+, handle\d+\);\s*rsc/g,
    shape: new RegExp(
      String.raw`(finalizationRegistry\d+)(\.register\((${RESOURCE}), ${HANDLE}, \3\);\s*)` +
        String.raw`(Object\.defineProperty\(\3, symbolDispose, \{ writable: true, value: function \(\) \{)` +
        String.raw`\s*\1\.unregister\(\3\);\s*const handleEntry = rscTableRemove\((handleTable\d+), ${HANDLE}\);` +
        String.raw`\s*\3\[symbolDispose\] = emptyFunc;\s*\3\[symbolRscHandle\] = undefined;`,
      'g',
    ),
    instead:
      `$5._registry = $1; $1$2Object.defineProperty($3, '${TABLE}', { writable: true, value: $5 }); $4 ` +
      `this.${TABLE}._registry?.unregister(this); ` +
      `const handleEntry = rscTableRemove(this.${TABLE}, this[symbolRscHandle]); ` +
      'this[symbolDispose] = emptyFunc; this[symbolRscHandle] = undefined;',
  },
  {
    // The test of an argument of the component's own resources: is there such a number in the table?
    mark: /\bif \(!handle\d+ \|\| \(handleTable\d+\[/g,
    shape: new RegExp(
      String.raw`\bvar (${HANDLE}) = ([\w$]+)\[symbolRscHandle\];` +
        String.raw`(\s*if \(!\1 \|\| \((handleTable\d+)\[\(\1 << 1\) \+ 1\] & T_FLAG\) === 0\) \{)`,
      'g',
    ),
    instead: 'var $1 = _heldIn($2, $4);$3',
  },
  {
    mark: /\bvar handle\d+ = handleTable\d+\[/g,
    shape: new RegExp(
      String.raw`\bvar (${HANDLE}) = (handleTable\d+)\[\((${HANDLE}) << 1\) \+ 1\] & ~T_FLAG;`,
      'g',
    ),
    instead: 'var $1 = _lent($2, $3);',
  },
  {
    // A resource that is represented by 0 is one like others.
    mark: /\bif \(rep === 0 \|\| \(scope & T_FLAG\)/g,
    shape: /\bif \(rep === 0 \|\| \(scope & T_FLAG\)/g,
    instead: 'if (val === 0 || (scope & T_FLAG)',
  },
]

const CREATE = /^ *function rscTableCreateOwn\(table, rep\) \{/m

/** `err` is our own sentence: another jco. */
export function withResources(generated: string): Result<string, string> {
  // Without resources of its own or of the host.
  if (!CREATE.test(generated)) return ok(generated)
  let source = generated
  for (const { mark, shape, instead } of EDITS) {
    const [marks, shapes] = [mark, shape].map((pattern) => source.match(pattern)?.length ?? 0)
    if (marks !== shapes) {
      return err(`the generated code keeps resources in another way than expected: ${mark.source}`)
    }
    source = source.replace(shape, instead)
  }
  return ok(source.replace(CREATE, (create) => `${HELPERS}${create}`))
}
