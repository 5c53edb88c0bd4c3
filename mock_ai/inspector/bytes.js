/** Bytes in readable form: as text with visible control characters, and as hex. */

const CONTROL = /([\0-\x1f\x7f]+)/
const ESCAPED = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }
const PER_LINE = 8

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** The number of bytes in base64, without decoding it. */
export function sizeOf(base64) {
  return (base64.length / 4) * 3 - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0)
}

/**
 * Split bytes into `{ text }`, `{ control }` for control characters such as line ends, and `{ cut }`
 * for the bytes of an incomplete or invalid UTF-8 character.
 */
export function parts(bytes) {
  const found = []
  let from = 0
  for (let at = 0; at < bytes.length; ) {
    const size = wholeAt(bytes, at)
    if (size) {
      at += size
      continue
    }
    found.push(...shown(bytes.subarray(from, at)))
    let end = at + 1
    while (end < bytes.length && (bytes[end] & 0xc0) === 0x80 && !wholeAt(bytes, end)) end += 1
    found.push({ cut: hex(bytes.subarray(at, end)) })
    from = at = end
  }
  return [...found, ...shown(bytes.subarray(from))]
}

export function isCut(bytes) {
  for (let at = 0, size; at < bytes.length; at += size) if (!(size = wholeAt(bytes, at))) return true
  return false
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ")
}

/** Eight bytes per line: offset, hex, and ASCII. */
export function hexDump(bytes) {
  const lines = []
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const line = bytes.subarray(at, at + PER_LINE)
    const ascii = Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("")
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex(line).padEnd(3 * PER_LINE)} ${ascii}`)
  }
  return lines.join("\n")
}

/** The size of the complete UTF-8 character at an offset (RFC 3629); 0 if there is none. */
function wholeAt(bytes, at) {
  const first = bytes[at]
  if (first < 0x80) return 1
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (!size || at + size > bytes.length) return 0
  const second = bytes[at + 1]
  const least = { 0xe0: 0xa0, 0xf0: 0x90 }[first] ?? 0x80
  const most = { 0xed: 0x9f, 0xf4: 0x8f }[first] ?? 0xbf
  if (second < least || second > most) return 0
  for (let next = at + 2; next < at + size; next += 1) if ((bytes[next] & 0xc0) !== 0x80) return 0
  return size
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

function shown(bytes) {
  return textParts(decoder.decode(bytes))
}

/** Split text into `{ text }` and `{ control }` for control characters such as line ends. */
export function textParts(whole) {
  const pieces = whole.split(CONTROL) // every second piece is control characters
  return pieces.map((text, at) => (at % 2 ? { control: escaped(text) } : { text })).filter(({ text }) => text !== "")
}

function escaped(text) {
  return Array.from(text, (one) => ESCAPED[one] ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`).join("")
}
