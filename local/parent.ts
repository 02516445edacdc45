// Notices that whoever ran us through npm is gone. npm starts a shell that starts us, and passes nothing on when it is
// killed outright: without this, `kill -9` of npm would leave a server running that nobody started.
import { findProcess } from './processes.ts'

const CHECK_EVERY_MS = 500
const SHELL = /^(\S*\/)?-?(sh|bash|dash|zsh|ash|ksh)( |$)/

/** Calls back once when npm, or the shell between, has ended. Does nothing when npm did not start us. */
export function onParentGone(callback: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const shell = findProcess(parent)
  // Some shells replace themselves with the command, and then the parent is npm, whose own parent is not our business.
  const npm = shell && SHELL.test(shell.command) ? shell.parent : undefined
  const timer = setInterval(() => {
    // An orphan gets another parent: ours changes when the shell ends, the shell's when npm does.
    const alone = process.ppid !== parent
    if (!alone && (npm === undefined || findProcess(parent)?.parent === npm)) return
    clearInterval(timer)
    callback()
  }, CHECK_EVERY_MS)
  timer.unref()
}
