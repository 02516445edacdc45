// Policies of the shapes that Wassette's own examples have: they run unchanged.

const permitting = (lines: string) => `version: "1.0"\npermissions:\n${lines}`

interface Says {
  readonly network?: readonly string[]
  readonly storage?: readonly string[]
  readonly environment?: readonly string[]
}

/** Name, text, and the rules that it comes to. */
export const WASSETTE_SHAPES: readonly (readonly [string, string, Says])[] = [
  [
    'hosts over http alone',
    permitting(
      '  network:\n    allow:\n    - host: "http://papers.test/"\n    - host: "http://www.papers.test/"\n',
    ),
    { network: ['http://papers.test/', 'http://www.papers.test/'] },
  ],
  [
    'one URL',
    permitting('  network:\n    allow:\n      - host: https://search.test/\n'),
    { network: ['https://search.test/'] },
  ],
  [
    'a bare host and a variable',
    'version: 1.0\ndescription: null\npermissions:\n  network: {allow: [{host: docs.test}]}\n  environment:\n    allow:\n    - key: DOCS_API_KEY\n',
    { network: ['docs.test'], environment: ['DOCS_API_KEY'] },
  ],
  [
    'one feed',
    "version: '1.0'\ndescription: \"reads the news\"\npermissions:\n  network:\n    allow:\n      - host: 'https://rss.news.test/'\n",
    { network: ['https://rss.news.test/'] },
  ],
  [
    'a folder to read and one to write',
    permitting(
      '  storage:\n    allow:\n    - uri: "fs://work/project"\n      access: ["read"]\n    - uri: "fs:///tmp/"\n      access: ["read", "write"]\n',
    ),
    { storage: ['read fs://work/project', 'read,write fs://tmp'] },
  ],
  [
    'two hosts of one service',
    permitting(
      '  network:\n    allow:\n      - host: geo.weather.test\n      - host: api.weather.test\n',
    ),
    { network: ['geo.weather.test', 'api.weather.test'] },
  ],
  [
    'an API and its key',
    permitting(
      '  network:\n    allow:\n      - host: "api.weather.test"\n  environment:\n    allow:\n      - key: "WEATHER_KEY"\n',
    ),
    { network: ['api.weather.test'], environment: ['WEATHER_KEY'] },
  ],
  [
    'an API and its token, with a schema for editors',
    '$schema: https://schemas.test/policy.json\nversion: "1.0"\npermissions:\n  network:\n    allow: [{host: api.code.test}]\n  environment:\n    allow: [{key: CODE_TOKEN}]\n',
    { network: ['api.code.test'], environment: ['CODE_TOKEN'] },
  ],
  [
    'addresses',
    permitting(
      '  network:\n    allow:\n      - host: "9.9.9.9"\n      - host: "9.9.9.9:8080"\n      - host: "127.0.0.1:8080"\n      - host: "[2620:fe::9]:8443"\n',
    ),
    {
      network: [
        'cidr 9.9.9.9/32',
        'cidr 9.9.9.9/32:8080',
        'cidr 127.0.0.1/32:8080',
        'cidr 2620:fe::9/128:8443',
      ],
    },
  ],
  ['nothing at all', 'version: "1.0"\ndescription: "computes"\npermissions: {}\n', {}],
  ['nothing, said by nothing', 'version: "1.2.3"\npermissions:\n', {}],
]
