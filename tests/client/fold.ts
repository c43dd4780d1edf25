// From a log to its card: the readable model of what an offline client does.
//
// The state of a card is a fold of its answers, in the order in which they were given. When an event arrived, and on
// which device it was made, is in no rule: two devices with the same events show the same card.

import type { StreamEvent } from "./generated/laerd-v1.ts";
import { type Card, type Rating, Scheduler, type Settings } from "./schedule.ts";
import { type DayBoundary, studyDay } from "./study-day.ts";

/** A response as far as the scheduler minds; the device marks by the key that came in the bundle. */
export type Said = "right" | "wrong" | "reveal" | "seen" | Rating;

export interface Answer {
  kind: "answer";
  id: string;
  /** By the device's clock; RFC 3339. */
  answered_at: string;
  /** What the device knew of its clock's error. */
  clock_offset_ms?: number;
  utc_offset_min?: number;
  said: Said;
  hints?: number;
  practice?: boolean;
}

/** A review the learner made with another program, and rated himself. */
export interface Review {
  kind: "review";
  id: string;
  answered_at: string;
  clock_offset_ms?: number;
  utc_offset_min?: number;
  rating: Rating;
}

export interface Void {
  kind: "void";
  id: string;
  ref: string;
  answered_at: string;
}

export type Event = Answer | Review | Void;

export interface Question {
  id: string;
  /** The chance of guessing right: 1/k for one of k options, 0 for typed and unscored types. */
  guess: number;
}

/** What an answer does: gives a rating, leaves the card as it is, or puts a page away. */
export function effect(answer: Pick<Answer, "said" | "hints" | "practice">): Rating | "practised" | "seen" {
  if (answer.said === "seen") return "seen";
  const rating = ratingOf(answer.said, answer.hints ?? 0);
  return answer.practice && rating !== "again" ? "practised" : rating;
}

/** Right with help is hard; wrong, partly right or shown is again; who judges himself is believed. */
function ratingOf(said: Exclude<Said, "seen">, hints: number): Rating {
  if (said === "right") return hints > 0 ? "hard" : "good";
  return said === "wrong" || said === "reveal" ? "again" : said;
}

/** The card after a log in any order; `undefined` while there is none. */
export function fold(question: Question, log: Event[], settings: Settings & DayBoundary): Card | undefined {
  const scheduler = new Scheduler(settings);
  const voided = new Set(log.filter((event) => event.kind === "void").map((event) => event.ref));
  const answers = log.filter((event) => event.kind !== "void").filter((answer) => !voided.has(answer.id));
  let card: Card | undefined;
  for (const answer of answers.sort(byOrder)) {
    const at = orderAt(answer);
    const day = studyDay(at, settings, answer.utc_offset_min);
    // Where nobody marked the answer the learner is believed, and there was nothing to guess among.
    const [does, guess] = answer.kind === "review" ? [answer.rating, 0] as const : [effect(answer), question.guess] as const;
    if (does === "practised") continue;
    card = does === "seen"
      ? scheduler.seen(card, at, day)
      : scheduler.next(question.id, card, { at, day, rating: does, guess });
  }
  return card;
}

/** The same from the events of `GET /v1/changes`. They tell what the server fixed when it accepted an answer: study day,
 * rating and chance of guessing. So a device can fold what another one answered, without its bundle. */
export function foldStream(question: string, stream: StreamEvent[], settings: Settings): Card | undefined {
  const scheduler = new Scheduler(settings);
  const targets = (kind: StreamEvent["kind"]) => stream.filter((event) => event.kind === kind && event.ref !== undefined);
  const voided = new Set(targets("void").map((event) => event.ref));
  // A key was wrong and the answer was graded anew; the last word counts.
  const regrades = targets("regrade").sort((a, b) => a.seq - b.seq);
  const regraded = new Map(regrades.map((event) => [event.ref, event]));
  const answers = stream.filter(({ kind, question: of }) => (kind === "answer" || kind === "review") && of === question);
  let card: Card | undefined;
  for (const answer of answers.filter(({ id }) => !voided.has(id)).sort(byStreamOrder)) {
    const [at, day] = [Date.parse(answer.order_at), answer.study_day ?? 0];
    const { rating } = regraded.get(answer.id) ?? answer;
    const { guess = 0 } = answer;
    if (isPageRead(answer)) card = scheduler.seen(card, at, day);
    else if (rating) card = scheduler.next(question, card, { at, day, rating, guess });
  }
  return card;
}

function isPageRead({ raw }: StreamEvent): boolean {
  return (raw as { response?: { kind?: string } } | undefined)?.response?.kind === "seen";
}

function byStreamOrder(a: StreamEvent, b: StreamEvent): number {
  return Date.parse(a.order_at) - Date.parse(b.order_at) || (a.id < b.id ? -1 : 1);
}

/** The corrected instant. */
export function orderAt(answer: { answered_at: string; clock_offset_ms?: number }): number {
  return Date.parse(answer.answered_at) + (answer.clock_offset_ms ?? 0);
}

/** By the corrected instant, then by id as lower-case text. */
function byOrder(a: Answer | Review, b: Answer | Review): number {
  return orderAt(a) - orderAt(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
