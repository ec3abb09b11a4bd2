import { z } from 'zod';
import { CODES } from './script-replies';

/** The room is not there, or not the one that it was: it is opened or renewed first. */
export type Passing = { kind: 'NO_ROOM' } | { kind: 'RESTARTED' };

export type CloseReply = Passing | { kind: 'CLOSED'; epoch: number; upTo: number } | { kind: 'WAITING' };
export type PlacedReply = Passing | { kind: 'PLACED'; epoch: number; left: string[] };

const count = z.int().min(0);
const passing = [
  z.tuple([z.literal(CODES.NO_ROOM)]).transform(() => ({ kind: 'NO_ROOM' as const })),
  z.tuple([z.literal(CODES.RESTARTED)]).transform(() => ({ kind: 'RESTARTED' as const })),
] as const;
const CloseSchema = z.union([
  z
    .tuple([z.literal(CODES.DONE), count, count])
    .transform(([, epoch, upTo]) => ({ kind: 'CLOSED' as const, epoch, upTo })),
  z.tuple([z.literal(CODES.WAITING), count]).transform(() => ({ kind: 'WAITING' as const })),
  ...passing,
]);
const PlacedSchema = z.union([
  z
    .tuple([z.literal(CODES.DONE), count, z.array(z.string())])
    .transform(([, epoch, left]) => ({ kind: 'PLACED' as const, epoch, left })),
  ...passing,
]);

/** As `lua/close.lua` tells it. */
export const readClose = (reply: unknown): CloseReply => CloseSchema.parse(reply);
/** As `lua/place.lua` tells it. */
export const readPlaced = (reply: unknown): PlacedReply => PlacedSchema.parse(reply);

export const isPassing = (reply: { kind: string }): reply is Passing =>
  reply.kind === 'NO_ROOM' || reply.kind === 'RESTARTED';
