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
  & Pick<Scheduling, "fuzz" | "known_at_first">;

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
  /** Days for each day of stability, at the wanted retention. */
  readonly #modifier: number;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#fsrs = new FSRSAlgorithm({ w: settings.weights, request_retention: settings.desired_retention });
    this.#modifier = this.#fsrs.interval_modifier;
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
    return lapsed
      ? { ...next, due_day: day, due_at: at + this.#settings.relearn_minutes * 60_000 }
      : { ...next, due_day: day + this.#days(memory.stability, question, reps) };
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

  /** Whole days, at least one, moved within a band by the fuzz. */
  #days(stability: number, question: string, reps: number): number {
    const longest = Math.max(1, this.#settings.maximum_interval);
    const exact = Math.min(stability * this.#modifier, longest);
    const [low, high] = fuzzRange(this.#settings.fuzz, exact, longest);
    return low + Math.floor(fuzzPlace(question, reps) * (high - low + 1));
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
