/** Times in SQLite: text in UTC with milliseconds, of one width, so that it sorts like the times. */
import { type RawBuilder, sql } from "kysely";

// What SQL itself writes, and other programs: https://www.sqlite.org/lang_datefunc.html#time_values
const TIME_VALUE =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<zone>Z|[+-]\d\d:\d\d)?)?$/;

/** Returns the check that lets no other text into a column of times; for migrations. */
export function isTime(column: string): RawBuilder<boolean> {
  // With a modifier, 31 February becomes a day in March, and so another text.
  return sql`${sql.ref(column)} is strftime('%Y-%m-%dT%H:%M:%fZ', ${sql.ref(column)}, '+0 days')`;
}

/** Returns the time of the text, in UTC unless it names a zone; undefined when it is no time. */
export function parseTime(text: string): Date | undefined {
  const { date, time = "00:00", zone = "Z" } = TIME_VALUE.exec(text)?.groups ?? {};
  const parsed = new Date(`${date}T${time}${zone}`);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}
