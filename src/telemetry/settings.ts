// Where spans are sent, as the host configures it in the names of OpenTelemetry ("OTLP exporter configuration").
// Nobody else can: no request, tool or person changes any of it.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Sampler, SamplerFault } from './sampler.ts'
import { readSampler } from './sampler.ts'

/** What is unset or empty has the default. */
export interface TelemetryTexts {
  /** Of the collector; `/v1/traces` is added to its path. */
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string
  /** The whole URL for traces; wins over the other. */
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string
  /** A secret: `name=value` separated by commas, values percent-encoded. */
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string
  /** `http/json` and nothing else: it is what we send. */
  readonly OTEL_EXPORTER_OTLP_PROTOCOL?: string
  readonly OTEL_SERVICE_NAME?: string
  readonly OTEL_TRACES_SAMPLER?: string
  readonly OTEL_TRACES_SAMPLER_ARG?: string
}

export interface TelemetrySettings {
  readonly url: URL
  readonly headers: readonly (readonly [string, string])[]
  readonly serviceName: string
  readonly sampler: Sampler
}

/** No fault says a value: they are shown to whoever asks the server, and headers are secret. */
export type TelemetryFault =
  | `${'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'} is not an http or https URL without credentials, query and fragment`
  | 'OTEL_EXPORTER_OTLP_HEADERS is not a list of name=value, separated by commas, values percent-encoded'
  | 'OTEL_EXPORTER_OTLP_PROTOCOL is not http/json, the only one that is spoken'
  | 'OTEL_SERVICE_NAME is longer than 128 characters, or has control characters'
  | SamplerFault

const DEFAULT_SERVICE_NAME = 'wassette-edge'
const MAX_SERVICE_NAME_CHARS = 128
/** RFC 9110 §5.6.2, token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i
/** RFC 9110 §5.5: visible characters, with spaces and tabs between them. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/
/** What the exporter says itself. */
const OWN_HEADERS = new Set(['content-type', 'content-length', 'host'])

/** `null`: no collector is configured, nothing is exported, and nothing else of this is looked at. */
export function readTelemetry(
  texts: TelemetryTexts,
): Result<TelemetrySettings | null, TelemetryFault> {
  const endpoint = readEndpoint(texts)
  if (!endpoint.ok || endpoint.value === null) return endpoint as Result<null, TelemetryFault>
  if (!['', 'http/json'].includes(texts.OTEL_EXPORTER_OTLP_PROTOCOL ?? '')) {
    return err('OTEL_EXPORTER_OTLP_PROTOCOL is not http/json, the only one that is spoken')
  }
  const headers = readHeaders(texts.OTEL_EXPORTER_OTLP_HEADERS ?? '')
  if (headers === null) {
    return err(
      'OTEL_EXPORTER_OTLP_HEADERS is not a list of name=value, separated by commas, values percent-encoded',
    )
  }
  const serviceName = texts.OTEL_SERVICE_NAME || DEFAULT_SERVICE_NAME
  if (serviceName.length > MAX_SERVICE_NAME_CHARS || /\p{C}/u.test(serviceName)) {
    return err('OTEL_SERVICE_NAME is longer than 128 characters, or has control characters')
  }
  const sampler = readSampler(texts.OTEL_TRACES_SAMPLER, texts.OTEL_TRACES_SAMPLER_ARG)
  if (!sampler.ok) return sampler
  return ok({ url: endpoint.value, headers, serviceName, sampler: sampler.value })
}

function readEndpoint(texts: TelemetryTexts): Result<URL | null, TelemetryFault> {
  const whole = texts.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? ''
  const base = texts.OTEL_EXPORTER_OTLP_ENDPOINT ?? ''
  if (whole === '' && base === '') return ok(null)
  const name = whole === '' ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  const text = whole === '' ? base : whole
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === ''
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    return err(
      `${name} is not an http or https URL without credentials, query and fragment` as const,
    )
  }
  if (whole === '') url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return ok(url)
}

function readHeaders(text: string): [string, string][] | null {
  const headers: [string, string][] = []
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue
    const at = entry.indexOf('=')
    const name = entry.slice(0, Math.max(at, 0)).trim().toLowerCase()
    const value = decoded(entry.slice(at + 1).trim())
    if (!HEADER_NAME.test(name) || OWN_HEADERS.has(name)) return null
    if (value === null || !HEADER_VALUE.test(value)) return null
    headers.push([name, value])
  }
  return headers
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
