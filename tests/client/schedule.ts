// When a card comes back: the server's rules around ts-fsrs.
//
// ts-fsrs gives the memory (stability and difficulty). Rounding to days, fuzz, relearning and guessing are the
// server's own, and stand here in full: do not let ts-fsrs schedule the card as well.

import { FSRSAlgorithm, type FSRSState } from "ts-fsrs";
import type { CourseSchedule, Fuzz, Scheduler as Scheduling } from "./generated/laerd-v1.ts";

export type Rating = "again" | "hard" | "good" | "easy";
export const RATINGS: readonly Rating[] = ["again", "hard", "good", "easy"];

/** What `GET /v1/scheduler` tells of a course and of all. */
export type Settings =
  & Pick<CourseSchedule, "weights" | "desired_retention" | "relearn_minutes" | "maximum_interval">
  & Pick<Scheduling, "fuzz" | "known_at_first">
  & Partial<Pick<CourseSchedule, "siblings" | "exam_date">>
  & Partial<Pick<Scheduling, "exam">>;

export interface Card {
  /** Days until recall has fallen to 90 %. */
  stability: number;
  /** 1 (easy) to 10 (hard). */
  difficulty: number;
  /** Milliseconds since 1970, and the study day they fell in. */
  last_at: number;
  last_day: number;
  due_day: number;
  /** While the card is relearnt: the instant, on `due_day`, from which it may be asked again. */
  due_at?: number;
  reps: number;
  lapses: number;
}

export interface Review {
  at: number;
  day: number;
  rating: Rating;
  /** The chance, 0 to 1, that someone who knows nothing gives this answer. */
  guess: number;
}

/** A page that was read is not asked again. */
const NEVER = 36_500;

export class Scheduler {
  readonly #fsrs: FSRSAlgorithm;
  readonly #settings: Settings;
  /** The study day of an exam, in days since 1970. */
  readonly #exam: number | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#fsrs = new FSRSAlgorithm({ w: settings.weights, request_retention: settings.desired_retention });
    this.#exam = settings.exam_date === undefined ? undefined : Date.parse(settings.exam_date) / 86_400_000;
  }

  /** The card after a review. */
  next(question: string, card: Card | undefined, review: Review): Card {
    const { at, day, rating } = review;
    const memory = this.#memory(card, review);
    const reps = (card?.reps ?? 0) + 1;
    const lapsed = rating === "again";
    // Failing the first time is no lapse, and failing while relearning is the same one.
    const isNewLapse = lapsed && card !== undefined && card.due_at === undefined;
    const next = { ...memory, last_at: at, last_day: day, reps, lapses: (card?.lapses ?? 0) + (isNewLapse ? 1 : 0) };
    if (lapsed) return { ...next, due_day: day, due_at: at + this.#settings.relearn_minutes * 60_000 };
    // A better rating never brings a card back sooner.
    const rungs = RATINGS.slice(1, RATINGS.indexOf(rating) + 1);
    const due = rungs.map((rung) => this.#dueDay(this.#memory(card, { ...review, rating: rung }), question, reps, day));
    return { ...next, due_day: Math.max(...due) };
  }

  /** The card after a page was read. */
  seen(card: Card | undefined, at: number, day: number): Card {
    const reps = (card?.reps ?? 0) + 1;
    return { stability: NEVER, difficulty: 5, last_at: at, last_day: day, due_day: day + NEVER, reps, lapses: 0 };
  }

  /** Days until the next review after each rating, were it given on `day`: what a button would say. */
  preview(question: string, card: Card | undefined, day: number): number[] {
    return RATINGS.map((rating) => this.next(question, card, { at: 0, day, rating, guess: 0 }).due_day - day);
  }

  /** A right answer is knowledge with probability w = R / (R + (1−R)·g). The memory lies between that of the rating
   * and that of `again`: by w, stability on the log scale, because stabilities differ by factors. */
  #memory(card: Card | undefined, { day, rating, guess }: Review): FSRSState {
    const before = card && { stability: card.stability, difficulty: card.difficulty };
    // A clock set back counts as no day.
    const elapsed = card ? Math.max(0, day - card.last_day) : 0;
    const after = (given: Rating) =>
      this.#fsrs.next_state(before ?? null, elapsed, RATINGS.indexOf(given) + 1);
    const known = after(rating);
    if (rating === "again") return known;
    const recall = before ? this.#fsrs.forgetting_curve(elapsed, before.stability) : this.#settings.known_at_first;
    const knowing = recall / (recall + (1 - recall) * guess);
    if (knowing >= 1) return known;
    const guessed = after("again");
    const mix = (known: number, guessed: number) => knowing * known + (1 - knowing) * guessed;
    return {
      stability: Math.exp(mix(Math.log(known.stability), Math.log(guessed.stability))),
      difficulty: mix(known.difficulty, guessed.difficulty),
    };
  }

  /** When recall will have fallen to what is wanted, and before an exam once more if too little would be known then. */
  #dueDay({ stability }: FSRSState, question: string, reps: number, day: number): number {
    const { desired_retention, exam } = this.#settings;
    const longest = Math.max(1, this.#settings.maximum_interval);
    const plain = (retention: number) => {
      const exact = Math.min(stability * this.#fsrs.calculate_interval_modifier(retention), longest);
      return this.#among(fuzzRange(this.#settings.fuzz, exact, longest), question, reps, day);
    };
    if (this.#exam === undefined || exam === undefined || this.#exam <= day) return plain(desired_retention);
    const due = plain(exam.retention);
    const last: [number, number] = [Math.max(1, this.#exam - exam.days - day), this.#exam - 1 - day];
    const isKnown = this.#fsrs.forgetting_curve(this.#exam - day, stability) >= exam.recall;
    return due < this.#exam || isKnown || last[1] < 1 ? due : this.#among(last, question, reps, day);
  }

  /** The day it comes, `low` to `high` days after `day`: siblings take turns where there are days for every turn. */
  #among([low, high]: [number, number], question: string, reps: number, day: number): number {
    const [first, days] = [day + low, high - low + 1];
    const family = this.#settings.siblings?.find((family) => family.includes(question)) ?? [question];
    let turns = 1;
    const wanted = Math.min(2 ** Math.ceil(Math.log2(family.length)), this.#settings.fuzz.most_turns ?? 1, days);
    while (turns * 2 <= wanted) turns *= 2;
    const ahead = (((family.indexOf(question) - first) % turns) + turns) % turns;
    const own = Math.floor((days - 1 - ahead) / turns) + 1;
    return first + ahead + Math.floor(fuzzPlace(question, reps) * own) * turns;
  }
}

/** The days among which the fuzz chooses: a share of what lies within each band, and one day, to either side. */
function fuzzRange({ from_days, bands }: Fuzz, exact: number, longest: number): [number, number] {
  const within = (days: number, least: number) => Math.min(Math.max(Math.round(days), least), longest);
  if (exact < from_days) return [within(exact, 1), within(exact, 1)];
  const shares = bands.map(({ from, to = Infinity, share }) => share * Math.max(0, Math.min(exact, to) - from));
  const delta = shares.reduce((sum, share) => sum + share, 1);
  const low = within(exact - delta, Math.min(2, longest));
  return [low, within(exact + delta, low)];
}

/** In [0, 1): FNV-1a (32 bit) of `<question>:<repetition>`. Every device finds the same day. */
export function fuzzPlace(question: string, reps: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${question}:${reps}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
