import { randomBytes } from 'node:crypto';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { commitmentOf } from '../waiting-room/draw-order';
import { BY_THE_SERVICE, difference, type DoneBy, writeAudit } from './audit-log';

/** A draw as everybody may see it. */
export interface PublicDraw {
  commitment: Buffer;
  announcedAt: Date;
  closedAt: Date | null;
  entrants: number | null;
  entrantsHash: Buffer | null;
  beaconSource: string | null;
  beaconPromisedAt: Date | null;
  beaconValue: string | null;
  beaconGivenAt: Date | null;
  drawnAt: Date | null;
  /** Only once drawn. */
  seed: Buffer | null;
}

/** A public value that nobody can foresee or choose, and where everybody can look it up. */
export interface Beacon {
  source: string;
  /** null: promised, to be given once it is known. */
  value: string | null;
}

/** What operators and everybody else have to do with draws; how one is made: draw-steps.ts. */
export interface DrawStore {
  /** null: the concert has none. */
  find(concertId: string): Promise<PublicDraw | null>;
  /** Pseudonyms in the drawn order, those after that position. */
  order(concertId: string, after: number, limit: number): Promise<{ position: number; pseudonym: Buffer }[]>;
  /** @returns null when it was taken, else why not; 'NO_DRAW' without one */
  giveBeacon(concertId: string, beacon: Beacon, by?: DoneBy): Promise<BeaconFault | 'NO_DRAW' | null>;
}

export interface BeaconFault {
  part: keyof Beacon;
  message: string;
}

const SEED_BYTES = 32;

const FIND = `
  SELECT commitment, announced_at AS "announcedAt", closed_at AS "closedAt", entrants, entrants_hash AS "entrantsHash",
         beacon_source AS "beaconSource", beacon_promised_at AS "beaconPromisedAt", beacon_value AS "beaconValue",
         beacon_given_at AS "beaconGivenAt", drawn_at AS "drawnAt", CASE WHEN drawn_at IS NOT NULL THEN seed END AS seed
    FROM draws WHERE concert_id = $1`;

const ORDER = `
  SELECT position, pseudonym FROM draw_places
   WHERE concert_id = $1 AND position > $2::int AND position <= $2::int + $3::int ORDER BY position`;

// Said again, it keeps its times: after the closing a new one would make a value that was known before look unforeseeable.
const GIVE_BEACON = `
  UPDATE draws SET
         beacon_promised_at = CASE WHEN beacon_source = $2 THEN beacon_promised_at ELSE clock_timestamp() END,
         beacon_source = $2,
         beacon_given_at = CASE WHEN beacon_source = $2 AND beacon_value = $3 THEN beacon_given_at
                                WHEN $3::text IS NOT NULL THEN clock_timestamp() END,
         beacon_value = $3
   WHERE concert_id = $1 RETURNING concert_id`;

/** Makes the draw's secrets, in the transaction that announces it. Nobody has seen the seed, and its hash is public from here on. */
export async function announceDraw(
  sequelize: Sequelize,
  concertId: string,
  transaction: Transaction,
): Promise<void> {
  const seed = randomBytes(SEED_BYTES);
  await sequelize.query(
    'INSERT INTO draws (concert_id, seed, commitment, pseudonym_key) VALUES ($1, $2, $3, $4)',
    { bind: [concertId, seed, commitmentOf(seed), randomBytes(SEED_BYTES)], transaction },
  );
}

export function createDrawStore(sequelize: Sequelize): DrawStore {
  const select = async <Row extends object>(sql: string, bind: unknown[], transaction?: Transaction) =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT, ...(transaction && { transaction }) });

  return {
    find: async (concertId) => (await select<PublicDraw>(FIND, [concertId]))[0] ?? null,
    order: async (concertId, after, limit) => select(ORDER, [concertId, after, limit]),
    giveBeacon: async (concertId, beacon, by = BY_THE_SERVICE) =>
      inTransaction(sequelize, async (transaction) => {
        const [draw] = await select<PublicDraw>(`${FIND} FOR UPDATE`, [concertId], transaction);
        if (draw === undefined) return 'NO_DRAW';
        const fault = beaconFault(draw, beacon);
        const before = { source: draw.beaconSource, value: draw.beaconValue };
        const changed = difference(before, beacon);
        if (fault !== null || changed === null) return fault;
        await select(GIVE_BEACON, [concertId, beacon.source, beacon.value], transaction);
        const entry = { action: 'draw.beacon', subject: `concert:${concertId}`, ...changed };
        await writeAudit(sequelize, { ...by, ...entry }, transaction);
        return null;
      }),
  };
}

/** Once the list of entrants is known, whoever knows the seed knows the order for any value. */
function beaconFault(draw: PublicDraw, { source, value }: Beacon): BeaconFault | null {
  if (draw.closedAt === null) return null;
  if (draw.beaconSource === null) {
    return { part: 'source', message: 'must be promised before the list of entrants is closed' };
  }
  if (source !== draw.beaconSource) {
    return { part: 'source', message: `was promised to be "${draw.beaconSource}"` };
  }
  if (draw.beaconValue === value) return null;
  if (draw.beaconValue !== null) return { part: 'value', message: 'was given already' };
  return null;
}
