import { describe, expect, it } from 'vitest'
import type { TelemetryTexts } from '../../src/telemetry/settings.ts'
import { readTelemetry } from '../../src/telemetry/settings.ts'

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }

function settings(texts: TelemetryTexts) {
  const read = readTelemetry(texts)
  if (!read.ok || read.value === null) throw new Error('no settings')
  return read.value
}

describe('readTelemetry', () => {
  it('exports nothing without an endpoint, whatever else is set', () => {
    expect(readTelemetry({})).toEqual({ ok: true, value: null })
    const others = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_SAMPLER: 'nonsense' }
    expect(readTelemetry(others)).toEqual({ ok: true, value: null })
  })

  it.each([
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces'],
    ['https://collector.test/', 'https://collector.test/v1/traces'],
    ['https://collector.test/otlp', 'https://collector.test/otlp/v1/traces'],
    ['https://collector.test/otlp/', 'https://collector.test/otlp/v1/traces'],
  ])('adds the path of traces to %s', (endpoint, url) => {
    expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).url.href).toBe(url)
  })

  it('takes the endpoint for traces as it is', () => {
    const OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = 'https://traces.test/in'
    const { url } = settings({ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT })
    expect(url.href).toBe('https://traces.test/in')
  })

  it('reads headers, percent-encoded', () => {
    const OTEL_EXPORTER_OTLP_HEADERS = 'Authorization=Basic%20YTpi==, x-team = a%2Cb,'
    expect(settings({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS }).headers).toEqual([
      ['authorization', 'Basic YTpi=='],
      ['x-team', 'a,b'],
    ])
  })

  it('has a name and a sampler of its own', () => {
    const sampler = { followsParent: true, ratio: 1 }
    expect(settings(ENDPOINT)).toMatchObject({ serviceName: 'wassette-edge', sampler, headers: [] })
    const told = { OTEL_SERVICE_NAME: 'edge', OTEL_TRACES_SAMPLER: 'always_off' }
    expect(settings({ ...ENDPOINT, ...told })).toMatchObject({
      serviceName: 'edge',
      sampler: { followsParent: false, ratio: 0 },
    })
  })

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector-s3cret:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://s3cret.test:4317'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://user:s3cret@collector.test'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://collector.test/?key=s3cret'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'https://collector.test/#s3cret'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 's3cret'],
    ['OTEL_EXPORTER_OTLP_HEADERS', '=s3cret'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=s3cret%0d%0ax: y'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=s3cret%'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key='],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'content-type=s3cret'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf'],
    ['OTEL_SERVICE_NAME', 's3cret\u0000'],
    ['OTEL_SERVICE_NAME', 'x'.repeat(129)],
    ['OTEL_TRACES_SAMPLER', 's3cret'],
  ])('refuses %s=%j by its name, and does not repeat it', (name, value) => {
    const read = readTelemetry({ ...ENDPOINT, [name]: value })
    if (read.ok) throw new Error('it was taken')
    expect(read.error).toMatch(new RegExp(`^${name} `))
    expect(read.error).not.toContain('s3cret')
  })
})
