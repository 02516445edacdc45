// Settings of telemetry as the Worker meets them: none is fine, and what cannot be read stops it.

import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { BadConfiguration, readConfig } from '../../src/config.ts'

const withSettings = (settings: Partial<Env>) => () => readConfig({ ...env, ...settings } as Env)

describe('the configuration', () => {
  it('needs no collector, and takes one', () => {
    expect(withSettings({})).not.toThrow()
    expect(withSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })).not.toThrow()
  })

  it.each<[Partial<Env>, RegExp]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' }, /^OTEL_EXPORTER_OTLP_ENDPOINT is not/],
    [{ OTEL_TRACES_SAMPLER: 'some' }, /^OTEL_TRACES_SAMPLER is none of always_on, /],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 's3cret' }, /^OTEL_EXPORTER_OTLP_HEADERS is not/],
  ])('is refused with %j', (settings, message) => {
    const bad = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', ...settings }
    expect(withSettings(bad)).toThrow(BadConfiguration)
    expect(withSettings(bad)).toThrow(message)
    expect(withSettings(bad)).not.toThrow('s3cret')
  })
})
