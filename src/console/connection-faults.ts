// Why a component was not connected to a service, or a service not described, for pages and for the JSON API.

import type { ConnectionFault } from '../account/connections.ts'
import type { ServiceWriteFault } from '../account/services.ts'
import { SERVICE_LIMITS } from '../policy/service.ts'

interface Told {
  readonly status: 400 | 404 | 409 | 422 | 503
  readonly sentence: string
}

const { SERVICES, SCOPES, HOSTS } = SERVICE_LIMITS
const MASTER =
  'What is sealed could not be opened: the host of this server has to look at its keys. Nothing was changed.'

const TROUBLES = {
  'refused-host': {
    status: 422,
    sentence:
      'An endpoint of the service is not at a public name over https, so this server does not ask it.',
  },
  unreachable: { status: 503, sentence: 'The service does not answer now. Try again in a moment.' },
  'denied-there': { status: 409, sentence: 'The service says that access was not given.' },
  'grant-over': {
    status: 409,
    sentence: 'The service takes its own answer no more: it was used before, or is too old.',
  },
  'client-refused': {
    status: 422,
    sentence: 'The service does not know this server as that client: look at client id and secret.',
  },
  'bad-answer': {
    status: 422,
    sentence:
      'The service answered with something that is not OAuth: look at the issuer and the endpoints. The issuer is ' +
      'what the service calls itself, to the letter.',
  },
  sealed: { status: 503, sentence: MASTER },
} as const

export const CONNECTION_FAULTS: Readonly<Record<ConnectionFault, Told>> = {
  ...TROUBLES,
  'unknown-component': { status: 404, sentence: 'You have no component of that id.' },
  'unknown-service': { status: 404, sentence: 'There is no such service.' },
  waits: {
    status: 409,
    sentence:
      'A new version or description of the component waits: look at what is new about it first.',
  },
  changed: {
    status: 409,
    sentence:
      'The component is another version than the one that you have seen, or the service is described in another ' +
      'way by now. Begin again.',
  },
  'bad-scopes': { status: 400, sentence: 'That is not among the scopes of the service.' },
  'not-begun': {
    status: 400,
    sentence:
      'This was not begun in this browser as you are signed in now, was used before, or took too long. Begin again.',
  },
}

export const SERVICE_FAULTS: Readonly<Record<ServiceWriteFault, Told>> = {
  ...TROUBLES,
  form: {
    status: 400,
    sentence:
      'A service is {"issuer", "hosts": […]} and may have authorization_endpoint, token_endpoint, revocation_endpoint, ' +
      'jwks_uri, client_id, client_secret, token_endpoint_auth_method (client_secret_basic, client_secret_post, none), ' +
      `scopes, resource and placement: ${SCOPES} scopes and ${HOSTS} hosts at the most.`,
  },
  'service-name': { status: 400, sentence: 'A name is 1 to 64 of a-z, 0-9 and hyphens inside.' },
  'too-many-services': { status: 409, sentence: `${SERVICES} services are the most.` },
  issuer: {
    status: 422,
    sentence: 'The issuer is an https URL at a public name, without port, query and fragment.',
  },
  endpoint: {
    status: 422,
    sentence: 'Endpoints are https URLs at public names, without ports and fragments.',
  },
  'half-endpoints': {
    status: 422,
    sentence:
      'Either the issuer says where its endpoints are, or authorization_endpoint and token_endpoint do, both.',
  },
  client: {
    status: 422,
    sentence:
      'client_id is what the service calls this server, in visible characters. It may be left out where the service ' +
      'registers clients by itself and is asked for its endpoints; then nothing else of a client is said.',
  },
  secret: {
    status: 422,
    sentence:
      'client_secret is visible characters; token_endpoint_auth_method none has no secret, the others have one.',
  },
  scope: { status: 422, sentence: 'A scope is visible characters without spaces, quotes and \\.' },
  resource: { status: 422, sentence: 'The resource is an absolute URI without a fragment.' },
  'host-rule': {
    status: 422,
    sentence:
      'Each host is a rule such as https://api.example.com/ or *.example.com: by name, over https.',
  },
  placement: {
    status: 422,
    sentence:
      'placement is {"kind": "header", "name", "prefix"}, {"kind": "query", "name"} or {"kind": "basic", "user"}; ' +
      'without it the token goes into Authorization, behind Bearer.',
  },
  'no-registration': {
    status: 422,
    sentence: 'The service registers no clients by itself: make one there, and say its client_id.',
  },
}
