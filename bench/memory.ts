// What the server's processes hold in memory, this process's own children and theirs: other servers of the same
// machine do not count.

import { execFileSync } from 'node:child_process'

/** Resident MiB of every workerd below this process. */
export function residentMebibytes(): number {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,rss=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
  const parents = new Map(rows.map(([pid, parent]) => [pid, parent]))
  const isOurs = (pid: string | undefined): boolean => {
    for (let at = pid; at !== undefined && at !== '0'; at = parents.get(at)) {
      if (at === String(process.pid)) return true
    }
    return false
  }
  const kilobytes = rows
    .filter(([pid, , , command]) => command === 'workerd' && isOurs(pid))
    .reduce((sum, [, , rss]) => sum + Number(rss), 0)
  return kilobytes / 1024
}
