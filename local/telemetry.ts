// What of our environment the Worker is told about telemetry: the settings of OpenTelemetry, under their own names.
import { UsageError } from './usage-error.ts'

export const TELEMETRY_VARIABLES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
  'OTEL_SERVICE_NAME',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
] as const

/** Those that are set. The Worker judges them; here only what an env file cannot carry is refused. */
export function telemetryVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const name of TELEMETRY_VARIABLES) {
    const value = env[name] ?? ''
    if (/['\r\n]/.test(value)) throw new UsageError(`${name} has a quote or a line break in it`)
    if (value !== '') variables[name] = value
  }
  return variables
}
