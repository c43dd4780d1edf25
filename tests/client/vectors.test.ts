// The published vectors, folded by the TypeScript model: days must be equal, memories nearly.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { digest } from "./digest.ts";
import { effect, type Event, fold, foldStream, orderAt, type Said } from "./fold.ts";
import type { Scheduler as Scheduling, StreamEvent } from "./generated/laerd-v1.ts";
import { type Card, fuzzPlace, type Rating, Scheduler, type Settings } from "./schedule.ts";
import { type DayBoundary, startOf, studyDay } from "./study-day.ts";

/** The server keeps a memory in `f32` and computes each step in it; here it is `f64`. A step may differ by a few units
 * of the seventh digit, and a fold of a dozen by a few more. Days are whole and must be equal. */
const TOLERANCE = 1e-5;

/** What is whole, and so must be equal. */
interface Whole {
  last_review: string;
  last_day: number;
  due_day: number;
  due: string;
  relearning: boolean;
  reps: number;
  lapses: number;
  preview: number[];
}

/** A page has no preview; the rows of random logs leave out the instants. */
interface CardAfter extends Partial<Whole> {
  stability: number;
  difficulty: number;
}

/** What stands with a log; the rest is the scheduler's. */
type Own = Pick<Settings, "desired_retention" | "maximum_interval" | "relearn_minutes">;

interface Log {
  name: string;
  question: string;
  guess: number;
  settings: Own & DayBoundary;
  steps: { event: Event; card: CardAfter | null }[];
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../openapi/vectors/${name}.json`, import.meta.url), "utf8"));
const scheduler: Scheduling = read("scheduler");
const weights = scheduler.courses[0]!.weights;

test("ratings", () => {
  type Case = { said: Said; hints: number; practice: boolean; does: string };
  for (const given of cases<Case>(read("ratings").cases)) assert.equal(effect(given), given.does, JSON.stringify(given));
});

test("study days", () => {
  type Instant = DayBoundary & { at: string; utc_offset_min?: number; day: number };
  type Start = DayBoundary & { day: number; starts: string };
  const { instants, starts } = read("days");
  for (const given of cases<Instant>(instants)) {
    assert.equal(studyDay(Date.parse(given.at), given, given.utc_offset_min), given.day, JSON.stringify(given));
  }
  for (const given of cases<Start>(starts)) {
    assert.equal(new Date(startOf(given.day, given)).toISOString(), given.starts, JSON.stringify(given));
  }
});

test("fuzz", () => {
  type Case = { question: string; repetition: number; place: number };
  for (const { question, repetition, place } of cases<Case>(read("fuzz").cases)) {
    assert.equal(fuzzPlace(question, repetition), place);
  }
});

test("digest", () => {
  const { events, months } = read("digest");
  type Sent = { id: string; answered_at: string; clock_offset_ms?: number };
  const log = (events as Sent[]).map((event) => ({ id: event.id, at: orderAt(event) }));
  assert.ok(months.length > 2);
  assert.deepEqual(digest(log), months);
});

test("told logs", () => {
  for (const log of cases<Log>(read("cards").logs)) check(log);
});

test("random logs", () => {
  const file = read("random");
  const logs = cases<Row>(file.logs);
  for (const log of logs) check(unpack(log, file));
  console.log(`furthest apart: ${furthest.toExponential(1)} of a value; allowed are ${TOLERANCE}`);
});

test("a weight that is off by a twentieth is noticed", () => {
  const logs = cases<Log>(read("cards").logs);
  weights.forEach((weight, index) => {
    const off = weights.with(index, weight * 1.05);
    assert.throws(() => logs.forEach((log) => check(log, off)), assert.AssertionError, `weight ${index}`);
  });
});

test("an answer that was graded anew counts as its last grade, as good a guess as before", () => {
  const [question, ref] = ["3c86bf54-9130-554e-ac82-2aa62fe6ed0c", "019a0000-0000-7000-8000-000000000001"];
  const at = "2026-11-23T11:00:00.000Z";
  const answer: StreamEvent = {
    seq: 1, id: ref, kind: "answer", question, order_at: at, received_at: at, study_day: 20780, rating: "again", guess: 0.25,
  };
  const regrade = (seq: number, rating: Rating): StreamEvent => ({
    seq, id: `019a0000-0000-7000-8000-00000000000${seq}`, kind: "regrade", question, ref, order_at: at, received_at: at, rating,
  });
  const { courses: [course], ...general } = scheduler;
  const rules = { ...general, ...course! };
  const anew = foldStream(question, [regrade(3, "good"), answer, regrade(2, "again")], rules);
  assert.deepEqual(anew, foldStream(question, [{ ...answer, rating: "good" }], rules));
  assert.notDeepEqual(anew, foldStream(question, [answer], rules));
});

/** A list that is not empty: an empty one would agree with anything. */
function cases<T>(list: T[]): T[] {
  assert.ok(list.length > 10);
  return list;
}

let furthest = 0;

/** Holds the card after each arrival against the fold of what has arrived. */
function check({ name, question, guess, settings, steps }: Log, weightsOfThis = weights): void {
  const { fuzz, known_at_first } = scheduler;
  const rules = { ...settings, fuzz, known_at_first, weights: weightsOfThis };
  steps.forEach(({ card: expected }, index) => {
    const label = `${name}, after ${index + 1}`;
    const arrived = steps.slice(0, index + 1).map((step) => step.event);
    const card = fold({ id: question, guess }, arrived, rules);
    if (!card || !expected) return assert.equal(card ?? null, expected, label);
    near(card.stability, expected.stability, `${label}: stability`);
    near(card.difficulty, expected.difficulty, `${label}: difficulty`);
    const { stability: _s, difficulty: _d, ...whole } = expected;
    const found = Object.entries(shown(card, question, rules)).filter(([name]) => name in whole);
    assert.deepEqual(Object.fromEntries(found), whole, label);
  });
}

/** The card as the server tells it, without its memory. */
function shown(card: Card, question: string, rules: Settings & DayBoundary): Whole {
  const due = card.due_at ?? startOf(card.due_day, rules);
  return {
    last_review: new Date(card.last_at).toISOString(),
    last_day: card.last_day,
    due_day: card.due_day,
    due: new Date(due).toISOString(),
    relearning: card.due_at !== undefined,
    reps: card.reps,
    lapses: card.lapses,
    preview: new Scheduler(rules).preview(question, card, card.due_day),
  };
}

function near(value: number, expected: number, label: string): void {
  const apart = Math.abs(value - expected) / expected;
  if (apart <= TOLERANCE) furthest = Math.max(furthest, apart);
  assert.ok(apart <= TOLERANCE, `${label}: ${value} instead of ${expected}`);
}

type EventRow =
  | [number: number, at: number, clock: number, utc: number | null, said: Said, hints: number, practice: 0 | 1]
  | [number: number, at: number, target: number];
type CardRow = [
  stability: number,
  difficulty: number,
  last_day: number,
  due_day: number,
  relearning: 0 | 1,
  reps: number,
  lapses: number,
  preview: number[],
];

interface Row extends Pick<Own, "desired_retention" | "maximum_interval"> {
  question: string;
  guess: number;
  steps: [EventRow, CardRow | null][];
}

interface RandomFile {
  event_id_prefix: string;
  settings: DayBoundary & Pick<Own, "relearn_minutes">;
}

/** A random log in the long form of the told ones. */
function unpack(row: Row, file: RandomFile): Log {
  const { question, guess, desired_retention, maximum_interval } = row;
  const settings = { ...file.settings, desired_retention, maximum_interval };
  const id = (number: number) => file.event_id_prefix + number.toString(16).padStart(12, "0");
  const instant = (at: number) => new Date(at).toISOString();
  const event = (row: EventRow): Event => {
    const [number, at] = row;
    if (row.length === 3) return { kind: "void", id: id(number), ref: id(row[2]), answered_at: instant(at) };
    const [, , clock_offset_ms, utc, said, hints, practice] = row;
    const answer = { id: id(number), answered_at: instant(at), clock_offset_ms, said, hints, practice: practice === 1 };
    return { kind: "answer", ...answer, ...(utc === null ? {} : { utc_offset_min: utc }) };
  };
  const steps = row.steps.map(([eventRow, cardRow]) => ({ event: event(eventRow), card: cardRow && after(cardRow) }));
  return { name: question, question, guess, settings, steps };
}

function after([stability, difficulty, last_day, due_day, relearning, reps, lapses, preview]: CardRow): CardAfter {
  return { stability, difficulty, last_day, due_day, relearning: relearning === 1, reps, lapses, preview };
}
