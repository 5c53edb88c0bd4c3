/**
 * Silences of a stream: those that its plan contains, and those that nobody planned.
 *
 * A write is late if it was made later than it was due, or, after a late write, later than that one.
 * So a silence has two parts: up to the time when the write was due, and after it.
 */

/** The silences longer than a threshold, in their order, as `{ from, to, late }`. */
export function silences(story, due, threshold) {
  const found = []
  const { times } = story
  const add = (from, to, late) => to - from > threshold && found.push({ from, to, late })
  const between = (from, at, dueAt) => {
    const late = Math.max(from, dueAt ?? from)
    add(from, Math.min(at, late), false)
    add(late, at, true)
  }
  let before = 0
  for (let index = 0; index < times.length; index += 1) {
    between(before, times[index], due[index])
    before = times[index]
  }
  if (!story.live || story.began_ms === null) return found
  if (story.state === "playing" && times.length < due.length) between(before, story.elapsed, due[times.length])
  else add(before, story.elapsed, false)
  return found
}

/** The longest gap between two writes, as `{ from, to, late }`; null with fewer than two writes. */
export function longestGap(story, due, threshold) {
  const { times } = story
  const last = times.at(-1)
  let { gapEnd: at, gap_ms } = story
  let to = times[at]
  if (story.live && story.elapsed - last > (gap_ms ?? 0)) {
    at = times.length
    gap_ms = story.elapsed - last
    to = story.elapsed
  }
  if (at === null || at < 1) return null
  const from = times[at - 1]
  const waits = at === times.length && story.state !== "playing"
  return { from, to, late: !waits && to - Math.max(from, due[at] ?? from) > threshold }
}
