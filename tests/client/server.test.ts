// The offline client against the real program, which `tests/tools/client.sh` starts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, Problem, type World } from "./client.ts";
import { type Answer, type Event as FoldEvent, fold, foldStream } from "./fold.ts";
import type { BundleQuestion, Card, Event, Response } from "./generated/laerd-v1.ts";
import { mark } from "./mark.ts";
import { startOf } from "./study-day.ts";

const address = process.env["LAERD_ADDRESS"];
assert.ok(address, "LAERD_ADDRESS names the server");
const COURSE = "medarbeiderskap";
const HOUR = 3_600_000;

/** A network that carries requests and may lose what comes back. */
class Network {
  losesAnswers = false;
  requests = 0;

  fetch: typeof fetch = async (input, init) => {
    this.requests += 1;
    const response = await fetch(input, init);
    if (!this.losesAnswers) return response;
    await response.arrayBuffer();
    throw new TypeError("the connection was lost");
  };
}

/** A phone whose clock a test sets. */
class Phone implements World {
  readonly network = new Network();
  at = Date.now();
  now = () => this.at;
  fetch: typeof fetch = (input, init) => this.network.fetch(input, init);
}

/** A guest with a phone that has the course. */
async function guest(): Promise<{ phone: Phone; client: Client; questions: BundleQuestion[] }> {
  const phone = new Phone();
  const client = new Client(address!, phone);
  await client.becomeGuest();
  await client.download(COURSE);
  const questions = client.questions().filter((question) => question.answer?.key.kind === "choice");
  assert.ok(questions.length > 50);
  return { phone, client, questions };
}

test("answers given offline arrive once, and the phone knew the result", async () => {
  const { phone, client, questions } = await guest();
  const [first, second] = questions as [BundleQuestion, BundleQuestion];
  const began = phone.at;
  phone.at -= 20 * 24 * HOUR;
  const told: Event[] = [];
  const marks = new Map<string, boolean | undefined>();
  for (const hours of [0, 1, 72, 120, 240]) {
    phone.at = began - 20 * 24 * HOUR + hours * HOUR;
    for (const question of [first, second]) {
      const response: Response = { kind: "choice", options: [options(question)[0]!] };
      told.push(client.answer(question, response, 60));
      marks.set(told.at(-1)!.id, mark(question, response));
    }
  }
  client.takeBack(told.at(-1)!);
  phone.at = began;

  phone.network.losesAnswers = true;
  await assert.rejects(client.sync(), TypeError);
  assert.equal(client.store.outbox.size, told.length + 1, "what was not acknowledged stays");
  phone.network.losesAnswers = false;
  await client.sync();
  assert.equal(client.store.outbox.size, 0);
  for (const result of client.store.results.values()) assert.equal(result.status, "duplicate");
  for (const [id, correct] of marks) assert.equal(correct, client.store.results.get(id)?.mark?.correct);
  for (const question of [first, second]) assertOwnFold(client, question);

  const before = structuredClone(client.store);
  for (const id of client.store.log.keys()) client.store.outbox.add(id);
  await client.sync();
  assert.deepEqual(client.store.cards, before.cards, "a third time changes nothing");
  assert.deepEqual(client.store.stream, before.stream);

  const tablet = new Client(address, new Phone());
  tablet.store.tokens = client.store.tokens!;
  await tablet.sync();
  assert.deepEqual(tablet.store.stream, client.store.stream, "another device knows the same");
  assert.deepEqual(tablet.store.cards, client.store.cards);
});

test("after a restored backup a device gives back what it kept", async () => {
  const { phone, client, questions } = await guest();
  const question = questions[0]!;
  const stored = client.answer(question, { kind: "reveal" }, 60);
  await client.sync();
  // Acknowledged by a database that is no more.
  phone.at += 1000;
  const lost = client.answer(question, { kind: "reveal" }, 60);
  client.store.outbox.delete(lost.id);
  client.store.cursor = Buffer.from("e0 7 1").toString("base64url");
  await client.sync();
  assert.equal(client.store.results.get(lost.id)?.status, "applied");
  assert.equal(client.store.results.get(stored.id)?.status, "duplicate");
  assert.equal(client.store.cards.get(question.id)?.reps, 2);
});

test("the digest finds the month in which something is missing", async () => {
  const { phone, client, questions } = await guest();
  const question = questions[0]!;
  phone.at -= 40 * 24 * HOUR;
  const early = client.answer(question, { kind: "reveal" }, 60);
  client.store.outbox.delete(early.id);
  phone.at += 40 * 24 * HOUR;
  client.answer(question, { kind: "reveal" }, 60);
  await client.sync();
  assert.deepEqual(await client.heal(), [new Date(phone.at - 40 * 24 * HOUR).toISOString().slice(0, 7)]);
  assert.equal(client.store.results.get(early.id)?.status, "applied");
  assert.deepEqual(await client.heal(), [], "nothing is missing any more");

  const tablet = new Client(address, new Phone());
  tablet.store.tokens = client.store.tokens!;
  await tablet.sync();
  tablet.store.stream.delete(1);
  assert.equal((await tablet.heal()).length, 1, "the other way round");
  assert.deepEqual(tablet.store.stream, client.store.stream);
});

test("an answer from the future waits until the clock is right", async () => {
  const { phone, client, questions } = await guest();
  const question = questions[0]!;
  phone.at += 2 * HOUR;
  const early = client.answer(question, { kind: "reveal" }, 60);
  await client.push();
  assert.equal(client.store.results.get(early.id)?.code, "clock_ahead");
  assert.ok(client.store.outbox.has(early.id), "it may be sent again later");
  assert.ok(Math.abs(client.store.clock_offset_ms + 2 * HOUR) < HOUR / 60, "the receipt has the right time");
  const later = client.answer(question, { kind: "reveal" }, 60);
  await client.push();
  assert.equal(client.store.results.get(later.id)?.status, "applied", "the next answer corrects the clock");
});

test("a course that has not changed is not sent again", async () => {
  const { phone, client } = await guest();
  const before = [...client.store.copies.keys()];
  phone.network.requests = 0;
  await client.download(COURSE);
  assert.equal(phone.network.requests, 2, "the manifest and the scheduler");
  assert.deepEqual([...client.store.copies.keys()], before);
});

test("what a guest answered goes with him into his account", async () => {
  const { client, questions } = await guest();
  const { client: account } = await guest();
  const [first, second] = questions as [BundleQuestion, BundleQuestion];
  client.answer(first, { kind: "reveal" }, 60);
  account.answer(first, { kind: "reveal" }, 60);
  account.answer(second, { kind: "reveal" }, 60);
  await account.sync();
  const guestsTokens = client.store.tokens!;
  await client.signIn(account.store.tokens!);
  await account.sync();
  assert.equal(client.store.cards.get(first.id)?.reps, 2);
  assert.equal(client.store.cards.size, 2);
  assert.deepEqual(account.store.cards, client.store.cards);
  client.store.tokens = guestsTokens;
  await assert.rejects(client.pull(), (problem) => problem instanceof Problem && [401, 410].includes(problem.status));
});

test("a problem has a code", async () => {
  const client = new Client(address, new Phone());
  const isUnauthenticated = (problem: unknown) => problem instanceof Problem && problem.code === "unauthenticated";
  await assert.rejects(client.pull(), isUnauthenticated);
});

function options(question: BundleQuestion): string[] {
  return question.body.kind === "choice" ? question.body.options.map((option) => option.id) : [];
}

/** The card the phone folds itself, from its own log and from the stream, is the server's: the same due instant, and
 * nearly the same memory. */
function assertOwnFold(client: Client, question: BundleQuestion): void {
  const card: Card | undefined = client.store.cards.get(question.id);
  assert.ok(card);
  const { courses, ...scheduler } = client.scheduler();
  const settings = { ...scheduler, ...courses.find(({ course }) => course === COURSE)! };
  const log = [...client.store.log.values()].flatMap((event) => mine(client, question, event));
  const stream = [...client.store.stream.values()];
  const own = [
    fold({ id: question.id, guess: question.guess }, log, settings),
    foldStream(question.id, stream, settings),
  ];
  for (const folded of own) {
    assert.ok(folded);
    const due = new Date(folded.due_at ?? startOf(folded.due_day, settings)).toISOString();
    assert.deepEqual([due, folded.reps, folded.lapses], [card.due, card.reps, card.lapses]);
    assert.ok(Math.abs(folded.stability / card.stability - 1) < 1e-5, `${folded.stability} and ${card.stability}`);
  }
}

/** The events of one question as the fold wants them: with the mark instead of the response. */
function mine(client: Client, question: BundleQuestion, event: Event): FoldEvent[] {
  if (event.kind === "void") return [event];
  if (event.question !== question.id) return [];
  const { id, answered_at, clock_offset_ms = 0, utc_offset_min = 0 } = event;
  const said = client.store.results.get(id)?.mark?.correct ? "right" : "wrong";
  const answer: Answer = { kind: "answer", id, answered_at, clock_offset_ms, utc_offset_min, said };
  return [answer];
}
