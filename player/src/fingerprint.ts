// What tells one file from another, and what proves that a part arrived whole.

const mebibyte = 1024 * 1024;

/** SHA-256, or undefined where the browser has none (pages without TLS). */
export async function sha256(data: Blob): Promise<Uint8Array | undefined> {
  if (globalThis.crypto?.subtle === undefined) return undefined;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await data.arrayBuffer()));
}

/** Base64, as the x-amz-checksum-sha256 header takes it. */
export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/**
 * The same file gives the same fingerprint, on any computer: its size, first and
 * last MiB, but neither name nor time, which copying changes. That what lies
 * between is the same as well is proved part by part, see Uploader.
 */
export async function fingerprint(file: File): Promise<string> {
  const ends = new Blob([`${file.size}\n`, file.slice(0, mebibyte), file.slice(Math.max(0, file.size - mebibyte))]);
  const hash = (await sha256(ends)) ?? fnv(new Uint8Array(await ends.arrayBuffer()));
  return "v2-" + [...hash].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** FNV-1a, twice with different seeds: enough to recognise a file, no proof. */
function fnv(bytes: Uint8Array): Uint8Array {
  const seeds = [0x811c9dc5, 0x01234567].map((seed) => bytes.reduce((h, b) => Math.imul(h ^ b, 0x01000193) >>> 0, seed));
  return new Uint8Array(new Uint32Array(seeds).buffer);
}
