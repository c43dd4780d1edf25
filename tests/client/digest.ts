// A log in short: by month, how many events and the XOR of their ids' hashes. Where the server's differs from the
// device's, one of them lacks something, and the month says where.

import type { Month } from "./generated/laerd-v1.ts";

export interface Ordered {
  id: string;
  /** The corrected instant, in milliseconds since 1970. */
  at: number;
}

/** What `GET /v1/digest` tells of the same events: all that devices sent, not what the server added. */
export function digest(events: Iterable<Ordered>): Month[] {
  const months = new Map<string, { count: number; xor: bigint }>();
  for (const { id, at } of events) {
    const month = monthOf(at);
    const { count, xor } = months.get(month) ?? { count: 0, xor: 0n };
    months.set(month, { count: count + 1, xor: xor ^ fnv1a64(id) });
  }
  const told = [...months].map(([month, { count, xor }]) => ({ month, count, xor: xor.toString(16).padStart(16, "0") }));
  return told.sort((a, b) => (a.month < b.month ? -1 : 1));
}

/** The month in UTC. */
export function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** FNV-1a, 64 bit, of an id in lower case. */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
