import type { Sequelize, Transaction } from 'sequelize';

/** A seat of a plan that names each one; they are numbered 1 to n in their order. */
export interface NewSeat {
  section: string;
  row: string;
  price: number;
  quality: number | null;
  attributes: Readonly<Record<string, string>>;
  standing: boolean;
  /** What is printed on it; null where that is its number. */
  label: string | null;
  /** Nobody sits side by side with the seat before. */
  afterGap: boolean;
}

// Few enough that to write their arrays does not keep the process from other requests.
const PER_STATEMENT = 2000;

// Of all seats only a few kinds differ in their attributes: each kind travels once.
const INSERT = `
  WITH kinds AS (
    SELECT place, (SELECT coalesce(hstore(array_agg(key), array_agg(value)), '') FROM jsonb_each_text(attributes)) AS attributes
      FROM jsonb_array_elements($10::jsonb) WITH ORDINALITY AS x(attributes, place)
  )
  INSERT INTO seats (schedule_id, number, section, row_name, price, quality, standing, label, after_gap, attributes)
  SELECT $1, $2 + x.place, x.section, x.row_name, x.price, x.quality, x.standing, x.label, x.after_gap, kinds.attributes
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::smallint[], $7::boolean[], $8::text[], $9::boolean[], $11::int[])
         WITH ORDINALITY AS x(section, row_name, price, quality, standing, label, after_gap, kind, place)
    JOIN kinds ON kinds.place = x.kind`;

/** Writes the seats of a new schedule, some at a time. */
export async function insertSeats(
  sequelize: Sequelize,
  scheduleId: string,
  seats: readonly NewSeat[],
  transaction: Transaction,
): Promise<void> {
  for (let from = 0; from < seats.length; from += PER_STATEMENT) {
    const part = seats.slice(from, from + PER_STATEMENT);
    const kinds = kindsOf(part);
    const bind = [
      scheduleId,
      from,
      part.map(({ section }) => section),
      part.map(({ row }) => row),
      part.map(({ price }) => price),
      part.map(({ quality }) => quality),
      part.map(({ standing }) => standing),
      part.map(({ label }) => label),
      part.map(({ afterGap }) => afterGap),
      JSON.stringify([...kinds.keys()]),
      part.map(({ attributes }) => kinds.get(attributes)),
    ];
    await sequelize.query(INSERT, { bind, transaction });
  }
}

/** The attributes that there are, each with its place, from 1. Whoever made them shares those that are alike. */
function kindsOf(seats: readonly NewSeat[]): Map<NewSeat['attributes'], number> {
  const kinds = new Map<NewSeat['attributes'], number>();
  for (const { attributes } of seats) if (!kinds.has(attributes)) kinds.set(attributes, kinds.size + 1);
  return kinds;
}

/** How many seats each section has. */
export function seatsBySection(seats: readonly NewSeat[]): { name: string; seats: number }[] {
  const counts = new Map<string, number>();
  for (const { section } of seats) counts.set(section, (counts.get(section) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, seats: count }));
}
