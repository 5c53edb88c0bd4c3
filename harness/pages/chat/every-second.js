/** Calls a function again and again while the page is visible. */

const PAUSE_MS = 1000

/** Call `work` a second after its last call has ended; a hidden page waits until it is visible. */
export async function everySecond(work) {
  for (;;) {
    await new Promise((wake) => setTimeout(wake, PAUSE_MS))
    if (document.hidden) await new Promise((wake) => addEventListener("visibilitychange", wake, { once: true }))
    else await work()
  }
}
