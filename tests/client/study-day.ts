// Study days: calendar days that begin at the learner's rollover hour, as numbers since 1970-01-01.
//
// Days are counted on the calendar and never divided out of milliseconds, so a night of 23 or 25 hours is one night.

/** Where a learner's study days begin; from his enrolment. */
export interface DayBoundary {
  /** IANA name, such as `Europe/Oslo`. */
  time_zone: string;
  /** Local hour, 0 to 23. */
  rollover_hour: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The study day of an instant. The offset the device told with the answer wins over the zone of the enrolment. */
export function studyDay(at: number, boundary: DayBoundary, utcOffsetMin?: number): number {
  const offset = utcOffsetMin === undefined ? offsetOf(boundary.time_zone, at) : utcOffsetMin * 60_000;
  return Math.floor((at + offset - boundary.rollover_hour * HOUR) / DAY);
}

/** The instant a study day begins. Where clocks skip the rollover hour, as much later as they skip; where they show
 * it twice, the first time. */
export function startOf(day: number, boundary: DayBoundary): number {
  const local = day * DAY + boundary.rollover_hour * HOUR;
  const before = offsetOf(boundary.time_zone, local - DAY);
  const after = offsetOf(boundary.time_zone, local + DAY);
  const found = [before, after].find((offset) => offsetOf(boundary.time_zone, local - offset) === offset);
  return local - (found ?? before);
}

/** Milliseconds east of UTC in a zone at an instant. */
function offsetOf(zone: string, at: number): number {
  const whole = Math.floor(at / 1000) * 1000;
  const parts = new Map(calendar(zone).formatToParts(whole).map((part) => [part.type, Number(part.value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const [year, month, day] = [part("year"), part("month"), part("day")];
  return Date.UTC(year, month - 1, day, part("hour"), part("minute"), part("second")) - whole;
}

const calendars = new Map<string, Intl.DateTimeFormat>();

/** Making one is slow, and a log has thousands of days. */
function calendar(zone: string): Intl.DateTimeFormat {
  const known = calendars.get(zone);
  if (known) return known;
  const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", {
    ...fields,
    second: "numeric",
    hourCycle: "h23",
    calendar: "gregory",
    timeZone: zone,
  });
  calendars.set(zone, made);
  return made;
}
