// What the server's processes hold in memory, this process's own children and theirs: other servers of the same
// machine do not count. `wrangler dev` has two: the one that runs the Worker, and a proxy before it that no deployment
// has.

import { execFileSync } from 'node:child_process'

/** Resident MiB. */
export interface Resident {
  /** Of the workerd that runs the Worker: the larger one, as every component is in it. */
  readonly server: number
  readonly proxy: number
}

export function residentMebibytes(): Resident {
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
  const [server = 0, ...others] = rows
    .filter(([pid, , , command]) => command === 'workerd' && isOurs(pid))
    .map(([, , rss]) => Number(rss) / 1024)
    .toSorted((x, y) => y - x)
  return { server, proxy: others.reduce((sum, one) => sum + one, 0) }
}
