// Why a text is no rule, in sentences that say what to write instead.

import type { HostRuleFault } from './host-rule.ts'
import type { StorageRuleFault } from './storage-rule.ts'

export const HOST_FAULTS: Readonly<Record<HostRuleFault, string>> = {
  empty: 'The rule is empty or longer than 512 characters. Name one host.',
  scheme: 'Only http, https and tcp are known. Write one of them, or the host alone.',
  userinfo: 'Remove the user name: a rule names a host.',
  'query-or-fragment': 'Remove what begins with ? or #: a rule ends with a path.',
  characters: 'Remove the backslash or the invisible character; a path goes on with /.',
  wildcard: 'A * stands alone, or before a name as in *.example.com.',
  port: 'A port is a number from 1 to 65535, or *; a tcp rule states one.',
  host: 'This is no host. Write example.com, example.com:8443, *.example.com or https://example.com/path/.',
  method: 'Methods are in upper case with commas between, as in GET,HEAD; tcp has none.',
  cidr: 'A range is an address, a slash and the bits that count, as in 1.1.1.0/24.',
  argument: 'An argument is the name of a parameter, with dots for fields, as in {request.url}.',
}

export const STORAGE_FAULTS: Readonly<Record<StorageRuleFault, string>> = {
  scheme: 'A path of the drive begins with fs://. Nothing else can be granted.',
  empty: 'Name a path behind fs://; fs:/// is the whole drive.',
  parent: 'Remove the .. from the path.',
  glob: 'A name holds one * at the most, and ** stands alone between slashes.',
  characters: 'The path has characters that no name has, or is too long.',
  access: 'The access is read, write or both.',
  argument: 'An argument is the name of a parameter, with dots for fields, as in {path}.',
}
