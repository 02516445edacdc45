// The keys of a drive's chunks in R2: a folder for each person, in it names that nobody can guess.

export function blobPrefix(person: string | undefined): string {
  // Without a name the prefix would be everybody's.
  if (person === undefined || person === '') throw new Error('a drive is named by its person')
  return `drive/${person}/`
}

/** Never used twice. */
export function newBlob(person: string): string {
  return `${blobPrefix(person)}${crypto.randomUUID()}`
}
