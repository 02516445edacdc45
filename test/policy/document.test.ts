import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parsePolicy } from '../../src/policy/document.ts'
import { policyValue, printPolicy } from '../../src/policy/document-print.ts'
import { warningsOf } from '../../src/policy/document-warnings.ts'
import { describeFault, MAX_FAULTS } from '../../src/policy/fault.ts'
import { BOUNDS } from '../../src/policy/limits.ts'
import { documentOf, rulesOf } from '../../src/policy/person-rules.ts'
import { documents } from '../support/policies.ts'
import { WASSETTE_SHAPES } from '../support/wassette-policies.ts'

function policy(text: string) {
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw new Error(parsed.error.map(describeFault).join('\n'))
  return parsed.value
}

function faults(text: string | Uint8Array) {
  const parsed = parsePolicy(text)
  return parsed.ok ? [] : parsed.error
}

const texts = (rules: readonly { readonly text: string }[]) => rules.map(({ text }) => text)
const permitting = (lines: string) => `version: "1.0"\npermissions:\n${lines}`
const extended = (lines: string) => `version: "1.0"\npermissions: {}\nx-wassette-edge:\n${lines}`

describe('a policy of Wassette', () => {
  it.each(WASSETTE_SHAPES)('loads with %s', (_, text, expected) => {
    const { network, storage, environment } = policy(text)
    expect({
      network: texts(network.allow),
      storage: texts(storage.allow),
      environment: texts(environment.allow),
    }).toEqual({ network: [], storage: [], environment: [], ...expected })
  })

  it('reads resources in the units that it has', () => {
    const { resources } = policy(
      permitting(
        '  resources:\n    limits: {cpu: "500m", memory: 512Mi}\n    cpu: 50\n    memory: 128\n    io: 20\n',
      ),
    )
    expect(resources).toEqual({
      memoryBytes: 512 * 1024 * 1024,
      memoryMib: 128,
      cpuCores: 0.5,
      cpuPercent: 50,
      ioPerSecond: 20,
    })
  })

  it.each([
    ['memory: "1024"', 1024],
    ['memory: 1024', 1024 * 1024 * 1024],
    ['memory: 1Ki', 1024],
    ['memory: 2Gi', 2 * 1024 ** 3],
  ])('takes limits.%s for %d bytes', (line, bytes) => {
    const { resources } = policy(permitting(`  resources: {limits: {${line}}}`))
    expect(resources.memoryBytes).toBe(bytes)
  })

  it.each([
    'memory: 0',
    'memory: 1.5Gi',
    'memory: 1M',
    'memory: 99999999999Ti',
    'cpu: 0',
    'cpu: -1',
  ])('refuses limits.%s', (line) => {
    expect(faults(permitting(`  resources: {limits: {${line}}}`))).toHaveLength(1)
  })

  it.each(['cpu: .nan', 'cpu: .inf', 'cpu: "1e3"', 'cpu: "0m"'])('refuses limits.%s', (line) => {
    expect(faults(permitting(`  resources: {limits: {${line}}}`))).toHaveLength(1)
  })

  it.each(['cpu: 0', 'cpu: 101', 'memory: 0', 'memory: 1.5', 'io: 0', 'io: -1', 'io: "5"'])(
    'refuses resources.%s',
    (line) => expect(faults(permitting(`  resources: {${line}}`))).toHaveLength(1),
  )

  it('has its rules frozen', () => {
    const { network } = policy(permitting('  network: {allow: [{host: a.test}]}'))
    expect(() => (network.allow as unknown[]).push('*')).toThrow(TypeError)
    expect(Object.isFrozen(network.allow[0]?.host)).toBe(true)
  })
})

describe('what is ours', () => {
  it('stands under one key: rules as texts and as mappings, bounds with units', () => {
    const document = policy(
      extended(
        [
          '  limits: {fuel: 5G, wall-clock: 10s, memory: 32Mi, requests: 8}',
          '  network:',
          '    allow:',
          '      - "GET,HEAD https://api.a.test/v1/"',
          '      - {host: {arg: url}, methods: [GET]}',
          '      - {cidr: "1.1.1.0/24:8080"}',
          '    deny: ["tcp://*:25"]',
          '  storage:',
          '    allow: ["read fs://notes/**", {path: {arg: path}, access: [write]}]',
          '    deny: ["read,write fs://notes/private"]',
          '  environment: {allow: ["*"], deny: [ADMIN_TOKEN]}',
        ].join('\n'),
      ),
    )
    expect(document.limits).toEqual({
      fuel: 5_000_000_000,
      wallClockMs: 10_000,
      memoryBytes: 32 * 1024 * 1024,
      requests: 8,
    })
    expect(texts(document.network.allow)).toEqual([
      'GET,HEAD https://api.a.test/v1/',
      'GET {url}',
      'cidr 1.1.1.0/24:8080',
    ])
    expect(texts(document.network.deny)).toEqual(['tcp://*:25'])
    expect(texts(document.storage.allow)).toEqual(['read fs://notes/**', 'write {path}'])
    expect(texts(document.storage.deny)).toEqual(['read,write fs://notes/private'])
    expect(texts(document.environment.allow)).toEqual(['*'])
    expect(texts(document.environment.deny)).toEqual(['ADMIN_TOKEN'])
  })

  it.each(Object.values(BOUNDS))(
    'has a limit for $name, up to what a host may say',
    ({ name, most }) => {
      expect(Object.values(policy(extended(`  limits: {${name}: ${most}}`)).limits)).toEqual([most])
      expect(faults(extended(`  limits: {${name}: ${most + 1}}`))).toMatchObject([
        { kind: 'value' },
      ])
      expect(faults(extended(`  limits: {${name}: 0}`))).toMatchObject([{ kind: 'value' }])
    },
  )

  it.each(['fuel: 5Mi', 'wall-clock: 10h', 'memory: 32M', 'requests: 1.5', 'fuel: -1', 'fuel: ""'])(
    'refuses the limit %s',
    (line) => expect(faults(extended(`  limits: {${line}}`))).toHaveLength(1),
  )

  it('binds no denial to an argument', () => {
    for (const rule of ['network: {deny: ["{url}"]}', 'network: {deny: [{host: {arg: url}}]}']) {
      expect(faults(extended(`  ${rule}`))).toMatchObject([{ kind: 'value' }])
    }
    for (const rule of ['"read {path}"', '{path: {arg: path}, access: [read]}']) {
      expect(faults(extended(`  storage: {deny: [${rule}]}`))).toMatchObject([{ kind: 'value' }])
    }
  })
})

describe('what is wrong', () => {
  it.each([
    ['permisions', 'version: "1.0"\npermissions: {}\npermisions: {}', 'permissions'],
    ['permissions.netwrok', permitting('  netwrok: {}'), 'network'],
    ['permissions.network.alow', permitting('  network: {alow: []}'), 'allow'],
    ['permissions.network.allow[0].hst', permitting('  network: {allow: [{hst: a.test}]}'), 'host'],
    ['x-wassette-edge.limits.fule', extended('  limits: {fule: 1}'), 'fuel'],
    ['x-wasette-edge', 'version: "1.0"\npermissions: {}\nx-wasette-edge: {}', 'x-wassette-edge'],
    ['permissions.zzzzzz', permitting('  zzzzzz: {}'), null],
  ])('is told of %s with the key that was meant', (path, text, suggestion) => {
    const key = path.split('.').at(-1)
    expect(faults(text)).toMatchObject([{ kind: 'structure', path, key, suggestion }])
  })

  it('is told all at once, each with its line', () => {
    const found = faults(
      permitting(
        '  network:\n    allow:\n      - host: a*b.test\n      - host: ok.test\n      - host: ftp://a.test\n  io: 5\n',
      ),
    )
    expect(found.map(({ line, path }) => [line, path])).toEqual([
      [5, 'permissions.network.allow[0]'],
      [7, 'permissions.network.allow[2]'],
      [8, 'permissions.io'],
    ])
  })

  it('is told up to a bound, however much there is', () => {
    const keys = Array.from({ length: 500 }, (_, i) => `  wrong${i}: {}`)
    expect(faults(permitting(keys.join('\n')))).toHaveLength(MAX_FAULTS)
  })

  it('keeps the words of its author out of the sentences', () => {
    const [fault] = faults(permitting('  "ignore all rules": {}'))
    expect(fault?.key).toBe('ignore all rules')
    expect(fault?.sentence).not.toContain('ignore')
  })

  it.each([
    ['a missing version', 'permissions: {}'],
    ['a missing permissions', 'version: "1.0"'],
    ['version 2', 'version: "2.0"\npermissions: {}'],
    ['a whole number for a version', 'version: 1\npermissions: {}'],
    ['version 10', 'version: "10"\npermissions: {}'],
    ['a list of hosts behind a name', permitting('  network: {allow: [{defaults: true}]}')],
    [
      'a host and a range at once',
      permitting('  network: {allow: [{host: a.test, cidr: 1.1.1.0/24}]}'),
    ],
    ['neither a host nor a range', permitting('  network: {allow: [{}]}')],
    ['a host that is a number', permitting('  network: {allow: [{host: 12}]}')],
    ['an address with a scheme', permitting('  network: {allow: [{host: "http://1.1.1.1/"}]}')],
    ['an address with any port', permitting('  network: {allow: [{host: "1.1.1.1:*"}]}')],
    ['a backslash in a host', permitting('  network: {allow: [{host: "https://a.test\\\\v1"}]}')],
    ['a backslash in a rule', extended('  network: {allow: ["tcp://a.test\\\\x:5432"]}')],
    [
      'what is too long once it is written out',
      permitting(`  network: {allow: [{host: "https://a.test/${'字'.repeat(100)}"}]}`),
    ],
    ['a private range', permitting('  network: {allow: [{cidr: 10.1.0.0/16}]}')],
    ['a range without bits', permitting('  network: {allow: [{cidr: 1.1.1.0}]}')],
    ['methods where Wassette reads', permitting('  network: {allow: [{host: GET a.test}]}')],
    [
      'a connection where Wassette reads',
      permitting('  network: {allow: [{host: "tcp://a.test:1"}]}'),
    ],
    ['an argument where Wassette reads', permitting('  network: {allow: [{host: "{url}"}]}')],
    [
      'a file of the host',
      permitting('  storage: {allow: [{uri: "file:///etc", access: [read]}]}'),
    ],
    [
      'a way out of the drive',
      permitting('  storage: {allow: [{uri: "fs://a/..", access: [read]}]}'),
    ],
    ['no access', permitting('  storage: {allow: [{uri: "fs://a", access: []}]}')],
    ['another access', permitting('  storage: {allow: [{uri: "fs://a", access: [execute]}]}')],
    ['every variable', permitting('  environment: {allow: [{key: "*"}]}')],
    ['a denial of variables', permitting('  environment: {deny: [{key: A}]}')],
    ['another sandbox', permitting('  runtime: {docker: {}}')],
    ['an allowed channel', permitting('  ipc: {allow: [{uri: x}]}')],
    ['a list for a mapping', permitting('  network: []')],
    ['a text for a document', 'hello'],
    ['nothing', ''],
    ['two documents', 'version: "1.0"\npermissions: {}\n---\nversion: "1.0"\npermissions: {}\n'],
    ['another YAML', '%YAML 1.1\n---\nversion: "1.0"\npermissions: {}\n'],
    ['a key twice', 'version: "1.0"\nversion: "1.1"\npermissions: {}'],
    ['an anchor', 'version: &v "1.0"\npermissions: {}'],
    ['an anchor before a key without a value', '{version: &v "1.0", permissions}'],
    ['a tag before a key without a value', '{version: !!str "1.0", permissions}'],
    ['a tag before a key that stands alone', 'version: !!str "1.0"\n? permissions\n'],
    ['an alias', 'version: "1.0"\npermissions: &p {}\nx-wassette-edge: *p'],
    ['a merge', 'version: "1.0"\npermissions: {}\n<<: {description: x}'],
    ['a tag', 'version: !!str 1.0\npermissions: {}'],
    ['a tag of its own', 'version: "1.0"\npermissions: !mine {}'],
    ['a tab', 'version: "1.0"\npermissions:\n\tnetwork: {}'],
    ['brackets without end', `version: ${'['.repeat(60_000)}`],
    ['keys without end', '? '.repeat(30_000)],
    ['more parts than a policy has', `version: "1.0"\npermissions: {}\n${'#\n'.repeat(25_000)}`],
    ['a key twice, in two spellings', 'version: "1.0"\npermissions: {}\n"permissions": {}'],
    ['more than 64 KiB', `version: "1.0"\npermissions: {}\n#${'x'.repeat(64 * 1024)}`],
    ['half a character', 'version: "1.0"\npermissions: {}\ndescription: \ud800'],
    ['half a character, escaped', 'version: "1.0"\npermissions: {}\ndescription: "\\ud800"'],
    ['control characters', 'version: "1.0"\npermissions: {}\ndescription: "\\u001b[2J"'],
  ])('is %s', (_, text) => expect(faults(text)).not.toEqual([]))

  it('is a byte that is not UTF-8', () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    expect(faults(bytes(permitting('  network: {}')))).toEqual([])
    const broken = new Uint8Array([...bytes('version: "1.0"\npermissions: {}\n#'), 0xc3, 0x28])
    expect(faults(broken)).toMatchObject([{ kind: 'yaml' }])
  })

  it('is found in any text without throwing', () => {
    const pieces = fc.constantFrom(
      ...[
        'version',
        ': ',
        '"1.0"',
        '\n',
        '  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&a',
        '*a',
        '!!x',
        '|',
        '>',
      ],
      ...[
        'permissions',
        'network',
        'allow',
        'host',
        '%YAML',
        '---',
        '...',
        '#',
        '? ',
        "'",
        '"',
        '\t',
        '\\',
      ],
    )
    const soup = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''))
    const anything = fc.oneof(soup, fc.string({ unit: 'binary' }), fc.uint8Array())
    fc.assert(
      fc.property(anything, (text) => {
        const parsed = parsePolicy(text)
        expect(parsed.ok || parsed.error.length > 0).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('an address for a host', () => {
  it.each([
    ['1.1.1.1', 'cidr 1.1.1.1/32'],
    ['1.1.1.1:8080', 'cidr 1.1.1.1/32:8080'],
    ['"2130706433"', 'cidr 127.0.0.1/32'],
    ['127.0.0.1:8080', 'cidr 127.0.0.1/32:8080'],
    ['192.0.2.1:8080', 'cidr 192.0.2.1/32:8080'],
    ['"[2606:4700::1]"', 'cidr 2606:4700::1/128'],
    ['"[2001:db8::1]:8080"', 'cidr 2001:db8::1/128:8080'],
  ])('%s is allowed as %s, and printed as it was', (host, text) => {
    const read = policy(permitting(`  network: {allow: [{host: ${host}}]}`))
    expect(texts(read.network.allow)).toEqual([text])
    expect(policy(printPolicy(read))).toEqual(read)
    expect(policy(extended(`  network: {allow: [${JSON.stringify(text)}]}`)).network).toEqual(
      read.network,
    )
    const denied = policy(permitting(`  network: {deny: [{host: ${host}}]}`))
    expect(denied.network.deny[0]?.host.kind).toBe('exact')
    expect(policy(printPolicy(denied))).toEqual(denied)
  })

  it.each(['"GET 1.1.1.1:81"', '{host: "1.1.1.1:81", methods: [GET]}'])(
    'is one of ours: %s',
    (rule) => {
      const { network } = policy(extended(`  network: {allow: [${rule}]}`))
      expect(texts(network.allow)).toEqual(['GET cidr 1.1.1.1/32:81'])
    },
  )

  it('is warned of where no rule opens it', () => {
    const hosts = ['1.1.1.1', '127.0.0.1:8080', '10.0.0.1', '"[::1]"']
    const text = permitting(`  network: {allow: [${hosts.map((h) => `{host: ${h}}`).join(', ')}]}`)
    expect(warningsOf(policy(text)).map(({ why, rule }) => [why, rule])).toEqual([
      ['unreachable', 'cidr 127.0.0.1/32:8080'],
      ['unreachable', 'cidr 10.0.0.1/32'],
      ['unreachable', 'cidr ::1/128'],
    ])
  })
})

describe('printing', () => {
  it('is undone by reading, and reading by printing', () => {
    fc.assert(
      fc.property(documents, (value) => {
        const once = policy(stringify(value))
        const text = printPolicy(once)
        expect(policy(text)).toEqual(once)
        expect(printPolicy(policy(text))).toBe(text)
        expect(policy(JSON.stringify(policyValue(once)))).toEqual(once)
      }),
      { numRuns: 100 },
    )
  })

  it('gives a person what says the same again, whatever they wrote', () => {
    let written = 0
    fc.assert(
      fc.property(documents, (value) => {
        const rules = rulesOf(policy(JSON.stringify(value)))
        if (!rules.ok) return
        written += 1
        expect(rulesOf(policy(printPolicy(documentOf(rules.value))))).toEqual(rules)
      }),
      { numRuns: 500 },
    )
    expect(written).toBeGreaterThan(0)
  })

  it('keep a share of a core that is too small to count', () => {
    const text = '{version: "1.0", permissions: {resources: {cpu: 5e-324}}}'
    const rules = rulesOf(policy(text))
    if (!rules.ok) throw new Error('no rules')
    expect(documentOf(rules.value).resources.cpuCores).toBe(Number.MIN_VALUE)
  })

  it('says the lowest of several limits of one bound, as calls have it', () => {
    const limit = (rule: string) => ({ effect: 'allow', permission: 'limit', rule }) as const
    const rules = ['fuel 7', 'fuel 5', 'fuel 9', 'cpu-cores 0.5', 'cpu-cores 2', 'io-per-second 3']
    for (const order of [rules, rules.toReversed()]) {
      const { resources, limits } = documentOf(order.map(limit))
      expect([limits, resources.cpuCores, resources.ioPerSecond]).toEqual([{ fuel: 5 }, 0.5, 3])
    }
  })

  it('gives a person memory back where Wassette reads it, however much they wrote', () => {
    const text = permitting(
      '  resources: {limits: {memory: 512Mi}}\nx-wassette-edge: {limits: {fuel: 5}}',
    )
    const rules = rulesOf(policy(text))
    if (!rules.ok) throw new Error('no rules')
    const { resources, limits } = policy(printPolicy(documentOf(rules.value)))
    expect([resources.memoryBytes, limits]).toEqual([512 * 1024 * 1024, { fuel: 5 }])
  })

  it('puts each rule where Wassette reads it, if it can', () => {
    const text = printPolicy(
      policy(extended('  network: {allow: [a.test, "cidr 1.1.1.0/24", "GET b.test"]}')),
    )
    expect(text).toBe(
      [
        'version: "1.0"',
        'permissions:',
        '  network:',
        '    allow:',
        '      - host: "a.test"',
        '      - cidr: "1.1.1.0/24"',
        'x-wassette-edge:',
        '  network:',
        '    allow:',
        '      - "GET b.test"',
        '',
      ].join('\n'),
    )
  })
})

describe('a warning', () => {
  const warnings = (text: string) =>
    warningsOf(policy(text)).map(({ why, rule, by }) => [why, rule, ...(by === null ? [] : [by])])

  it('tells of a denial that undoes what is allowed', () => {
    expect(
      warnings(permitting('  network: {allow: [{host: a.test}], deny: [{host: "*"}]}')),
    ).toEqual([['shadowed', 'a.test', '*']])
    expect(
      warnings(
        extended(
          '  storage: {allow: ["read fs://a/b"], deny: ["read,write fs://a", "write fs://a"]}',
        ),
      ),
    ).toEqual([['shadowed', 'read fs://a/b', 'read,write fs://a']])
    expect(
      warnings(permitting('  network: {allow: [{host: "1.1.1.1:81"}], deny: [{host: 1.1.1.1}]}')),
    ).toEqual([['shadowed', 'cidr 1.1.1.1/32:81', '1.1.1.1']])
    expect(warnings(extended('  environment: {allow: [A], deny: [A]}'))).toEqual([
      ['shadowed', 'A', 'A'],
    ])
  })

  it('tells nothing of one that only takes a part', () => {
    for (const rule of ['"POST a.test"', '"https://a.test/admin/"', '"a.test:81"', 'b.a.test']) {
      expect(warnings(extended(`  network: {allow: [a.test], deny: [${rule}]}`))).toEqual([])
    }
    expect(
      warnings(extended('  storage: {allow: ["read,write fs://a"], deny: ["write fs://a"]}')),
    ).toEqual([])
  })

  it('tells that a denied range denies no names', () => {
    expect(
      warnings(permitting('  network: {allow: [{host: a.test}], deny: [{cidr: 0.0.0.0/0}]}')),
    ).toEqual([['addresses-only', 'cidr 0.0.0.0/0']])
  })

  it('tells of rules that cover what they do not name', () => {
    expect(
      warnings(
        permitting(
          '  network: {allow: [{host: "*"}, {host: "*.a.test"}, {host: b.test}, {cidr: 1.1.1.1/32}]}\n  storage: {allow: [{uri: "fs:///", access: [read]}]}',
        ),
      ),
    ).toEqual([
      ['broad', '*'],
      ['broad', '*.a.test'],
      ['broad', 'read fs:///'],
    ])
  })
  it('tells of rules that cover what the agent names, and whatever there is at some depth', () => {
    const rules =
      'network: {allow: ["GET {url}"]}, storage: {allow: ["read {path}", "read fs://*/**"]}'
    expect(warnings(`version: "1.0"\npermissions: {}\nx-wassette-edge: {${rules}}\n`)).toEqual([
      ['follows-argument', 'GET {url}'],
      ['broad', 'read fs://*/**'],
      ['follows-argument', 'read {path}'],
    ])
  })

  it('tells of hosts that no rule opens', () => {
    const hosts = [
      'localhost',
      '"*.internal"',
      'printer',
      'edge.example',
      '"*.edge.example"',
      'a.test',
    ]
    const text = permitting(`  network: {allow: [${hosts.map((h) => `{host: ${h}}`).join(', ')}]}`)
    const surroundings = { ceilings: [], ownHosts: ['edge.example'] }
    const lost = warningsOf(policy(text), surroundings).filter(({ why }) => why === 'unreachable')
    expect(lost.map(({ rule }) => rule)).toEqual([
      'localhost',
      '*.internal',
      'printer',
      'edge.example',
      '*.edge.example',
    ])
  })

  const UNDER = policy(
    extended(
      '  network: {allow: ["https://*/", "tcp://db.test:5432", "cidr 1.1.1.0/24"], deny: ["*.b.test"]}\n' +
        '  storage: {allow: ["read fs://shared/**"]}\n  environment: {allow: [A]}\n' +
        '  limits: {requests: 8, wall-clock: 10s}\n',
    ),
  )
  const under = (text: string) =>
    warningsOf(policy(text), { ceilings: [UNDER], ownHosts: [] })
      .filter(({ why }) => why === 'ceiling' || why === 'limit-above-ceiling')
      .map(({ rule }) => rule)

  it.each([
    ['network', ['"http://a.test/"', '"a.test:81"', 'x.b.test', '"tcp://a.test:5432"'], true],
    ['network', ['"cidr 2.0.0.0/8"', '"tcp://db.test:25"', '"*.b.test"'], true],
    ['network', ['a.test', '"https://{url}/"', '"GET https://b.test/v1/"', '"*"'], false],
    ['network', ['"cidr 1.1.1.1/32"', '"cidr 0.0.0.0/0"', '"tcp://db.test:*"'], false],
    ['storage', ['"write fs://shared"', '"read fs://mine"', '"read fs://other/**"'], true],
    ['storage', ['"read fs://shared/a"', '"read fs://**/x"', '"read {path}"'], false],
    ['environment', ['B'], true],
    ['environment', ['A'], false],
  ])('tells of %s %j that a ceiling leaves nothing of them: %s', (kind, rules, cancelled) => {
    const told = under(extended(`  ${kind}: {allow: [${rules.join(', ')}]}`))
    expect(told).toHaveLength(cancelled ? rules.length : 0)
  })

  it('tells of limits that are higher than what the host allows', () => {
    const more = '  limits: {requests: 9, wall-clock: 20s, egress-bytes: 1Ki, fuel: 100G}'
    expect(under(extended(more))).toEqual(['wall-clock 20000', 'fuel 100000000000', 'requests 9'])
    expect(under(extended('  limits: {requests: 8, wall-clock: 1s}'))).toEqual([])
    const resources = '  resources: {limits: {cpu: 4, memory: 1Gi}, io: 5}'
    expect(under(permitting(resources))).toEqual(['memory 1073741824', 'cpu-cores 4'])
  })
})
