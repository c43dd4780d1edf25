// A small offline client: what it stores, and in which order it does things. README.md, "Building an offline client".
//
// A real one keeps `Store` on the device's disk. Types come from the specification.

import { digest, monthOf } from "./digest.ts";
import { orderAt } from "./fold.ts";
import type {
  AnswerBatch,
  Bundle,
  BundleQuestion,
  Card,
  Event,
  EventResult,
  Manifest,
  Month,
  paths,
  Receipt,
  Response,
  Scheduler,
  StreamEvent,
  Tokens,
} from "./generated/laerd-v1.ts";

/** What survives a restart of the device. */
export interface Store {
  device_id: string;
  tokens?: Tokens;
  /** What was downloaded, by address, with its ETag: asked for again, it is sent only if it changed. */
  copies: Map<string, { etag: string; json: unknown }>;
  /** This device's events, by id: kept for 30 days after they were acknowledged. */
  log: Map<string, Event>;
  /** Ids of events the server has not acknowledged. */
  outbox: Set<string>;
  /** The server's word on each event. */
  results: Map<string, EventResult>;
  cards: Map<string, Card>;
  /** The stream of all devices as the server numbers it. */
  stream: Map<number, StreamEvent>;
  /** Where changes go on. */
  cursor?: string;
  /** What the device's clock lacks. */
  clock_offset_ms: number;
}

/** The network, and the device's clock; both may fail. */
export interface World {
  fetch: typeof fetch;
  now: () => number;
}

/** A response that is not 2xx; `code` says what to do. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

const BATCH = 500;
const SCHEDULER = "/v1/scheduler";

export class Client {
  readonly store: Store = {
    device_id: crypto.randomUUID(),
    copies: new Map(),
    log: new Map(),
    outbox: new Set(),
    results: new Map(),
    cards: new Map(),
    stream: new Map(),
    clock_offset_ms: 0,
  };
  readonly #address: string;
  readonly #world: World;

  constructor(address: string, world: World) {
    this.#address = address;
    this.#world = world;
  }

  async becomeGuest(): Promise<void> {
    this.store.tokens = await this.#send<Body<"/v1/guests", "post", 201>>("POST", "/v1/guests");
  }

  /** Everything an offline session needs. Bundles never change under their name, so they are fetched once. */
  async download(course: string): Promise<void> {
    const manifest = await this.#copy<Manifest>(`/v1/courses/${course}/manifest`);
    const wanted = new Set(manifest.bundles.map(({ sha256 }) => `/v1/bundles/${sha256}`));
    for (const path of wanted) if (!this.store.copies.has(path)) await this.#copy<Bundle>(path);
    for (const path of this.store.copies.keys()) {
      if (path.startsWith("/v1/bundles/") && !wanted.has(path)) this.store.copies.delete(path);
    }
    await this.#copy<Scheduler>(SCHEDULER);
  }

  questions(): BundleQuestion[] {
    const bundles = [...this.store.copies].filter(([path]) => path.startsWith("/v1/bundles/"));
    return bundles.flatMap(([, copy]) => (copy.json as Bundle).questions);
  }

  scheduler(): Scheduler {
    return this.store.copies.get(SCHEDULER)!.json as Scheduler;
  }

  /** An answer is an event in the log before anything is shown or sent. It needs no network. */
  answer(question: Pick<BundleQuestion, "id" | "revision">, response: Response, utcOffsetMin: number): Event {
    const { id, revision } = question;
    const offset = { utc_offset_min: utcOffsetMin };
    return this.#keep({ kind: "answer", ...this.#stamp(), question: id, revision, ...offset, response });
  }

  /** Takes an answer back. */
  takeBack(answer: Event): Event {
    return this.#keep({ kind: "void", ...this.#stamp(), ref: answer.id });
  }

  /** Sends the outbox. Whatever goes wrong on the way, the same events go again next time, unchanged. */
  async push(): Promise<void> {
    while (this.store.outbox.size > 0) {
      const events = [...this.store.outbox].slice(0, BATCH).map((id) => this.store.log.get(id)!);
      const sent_at = new Date(this.#world.now()).toISOString();
      const batch: AnswerBatch = { device_id: this.store.device_id, sent_at, events };
      const asked = this.#world.now();
      const receipt = await this.#send<Receipt>("POST", "/v1/answers", batch);
      // Half of the way there and back is on the way back.
      this.store.clock_offset_ms = Math.round(Date.parse(receipt.server_time) - (asked + this.#world.now()) / 2);
      const waiting = receipt.results.filter((result) => !this.#settle(result)).length;
      this.#take(receipt.cards, receipt.removed);
      // What must wait for a right clock is not sent again at once.
      if (waiting > 0) return;
    }
  }

  /** Brings what happened since, on this device or another. What a page says is stored together with its cursor. */
  async pull(): Promise<void> {
    for (;;) {
      const cursor = this.store.cursor === undefined ? "" : `?cursor=${this.store.cursor}`;
      const page = await this.#send<Body<"/v1/changes", "get">>("GET", `/v1/changes${cursor}`);
      for (const event of page.events) this.store.stream.set(event.seq, event);
      this.#take(page.cards, page.removed);
      this.store.cursor = page.next_cursor;
      if (!page.has_more) return;
    }
  }

  /** Push, then pull: so the cards of what was pushed come back, even if a receipt was lost. */
  async sync(): Promise<void> {
    await this.push();
    try {
      await this.pull();
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code !== "cursor_expired") throw problem;
      await this.startOver();
    }
  }

  /** The database was put back to an older state: take what it has, and give it what this device has kept. */
  async startOver(): Promise<void> {
    const snapshot = await this.#send<Body<"/v1/snapshot", "get">>("GET", "/v1/snapshot");
    this.store.cards = new Map(snapshot.cards.map((card) => [card.question, card]));
    this.store.stream.clear();
    this.store.cursor = snapshot.cursor;
    for (const id of this.store.log.keys()) this.store.outbox.add(id);
    await this.push();
    await this.pull();
  }

  /** Finds months in which one of the two lacks something: sends what this device has of them, then takes what is still
   * missing from the beginning. */
  async heal(): Promise<string[]> {
    const months = await this.#unlike();
    for (const event of this.store.log.values()) {
      if (months.includes(monthOf(orderAt(event)))) this.store.outbox.add(event.id);
    }
    await this.sync();
    if ((await this.#unlike()).length > 0) {
      delete this.store.cursor;
      await this.pull();
    }
    return months;
  }

  /** Months in which the digests differ. */
  async #unlike(): Promise<string[]> {
    const known = new Map([...this.store.log.values()].map((event) => [event.id, orderAt(event)]));
    for (const event of this.store.stream.values()) {
      if (event.kind === "answer" || event.kind === "void") known.set(event.id, Date.parse(event.order_at));
    }
    const ours = digest([...known].map(([id, at]) => ({ id, at })));
    const theirs = (await this.#send<Body<"/v1/digest", "get">>("GET", "/v1/digest")).months;
    const text = ({ month, count, xor }: Month) => `${month} ${count} ${xor}`;
    const only = (some: Month[], others: Month[]) => some.filter((one) => !others.map(text).includes(text(one)));
    return [...new Set([...only(ours, theirs), ...only(theirs, ours)].map(({ month }) => month))];
  }

  /** A guest who signs in to the account he had: what he answered goes with him. First give all of it to the guest's own
   * log; afterwards the guest is gone, and the device begins with the state of the account. */
  async signIn(account: Tokens): Promise<void> {
    await this.push();
    const access_token = this.store.tokens!.access_token;
    this.store.tokens = account;
    await this.#send<Body<"/v1/me/merges", "post">>("POST", "/v1/me/merges", { access_token });
    await this.startOver();
  }

  /** Whether the event is done with: stored there, or refused for good. */
  #settle(result: EventResult): boolean {
    if (result.id === undefined) return true;
    this.store.results.set(result.id, result);
    if (result.status === "rejected" && result.retryable) return false;
    this.store.outbox.delete(result.id);
    if (result.status === "rejected") this.store.log.delete(result.id);
    return true;
  }

  /** The server's card stands: newer replaces older, whatever this device made of it. */
  #take(cards: Card[], removed: string[]): void {
    for (const question of removed) this.store.cards.delete(question);
    for (const card of cards) {
      const known = this.store.cards.get(card.question);
      if (!known || known.version <= card.version) this.store.cards.set(card.question, card);
    }
  }

  #keep(event: Event): Event {
    this.store.log.set(event.id, event);
    this.store.outbox.add(event.id);
    return event;
  }

  #stamp() {
    const now = this.#world.now();
    const clock_offset_ms = this.store.clock_offset_ms;
    return { v: 1, id: uuid7(now), answered_at: new Date(now).toISOString(), clock_offset_ms };
  }

  /** The copy on the device if it still holds, else a new one. */
  async #copy<T>(path: string): Promise<T> {
    const known = this.store.copies.get(path);
    const response = await this.#fetch("GET", path, known ? { "If-None-Match": known.etag } : {});
    if (known && response.status === 304) return known.json as T;
    if (!response.ok) throw await problem(response);
    const json = (await response.json()) as T;
    this.store.copies.set(path, { etag: response.headers.get("ETag") ?? "", json });
    return json;
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(method, path, {}, body);
    if (!response.ok) throw await problem(response);
    return (await response.json()) as T;
  }

  async #fetch(method: string, path: string, more: Record<string, string>, body?: unknown) {
    const headers = new Headers(more);
    if (this.store.tokens) headers.set("Authorization", `Bearer ${this.store.tokens.access_token}`);
    if (body !== undefined) headers.set("Content-Type", "application/json");
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return await this.#world.fetch(this.#address + path, { method, headers, ...content });
  }
}

async function problem(response: globalThis.Response): Promise<Problem> {
  return new Problem(response.status, ((await response.json()) as Problem).code);
}

/** The JSON of a response, by the specification. */
type Body<Path extends keyof paths, Method extends keyof paths[Path], Status extends number = 200> =
  paths[Path][Method] extends { responses: { [S in Status]: { content: { "application/json": infer Json } } } } ? Json
    : never;

/** RFC 9562: 48 bits of milliseconds, then chance. */
export function uuid7(now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let index = 0; index < 6; index++) bytes[index] = Math.floor(now / 2 ** (8 * (5 - index))) % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
