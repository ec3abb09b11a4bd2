import type { Redis } from 'ioredis';
import { runScript, scriptOf } from '../../src/lib/redis-script';

/** What Redis has decided and Postgres does not know yet; an entry goes when its hold is there. */
export const STREAM = 'alone:stream';
/** The one field of an entry: see the script. */
export const ENTRY_FIELD = 'hold';

export const seatsKey = (scheduleId: string): string => `alone:{${scheduleId}}:seats`;
const fansKey = (scheduleId: string): string => `alone:{${scheduleId}}:fans`;

/**
 * Decides a hold: one owner per seat, no more live seats per fan than the limit, by the clock of Redis. Sent twice (the
 * client does, when its connection broke) it decides once.
 *
 * KEYS: hash seat → "booking end", hash fan → "seats:end …", the stream
 * ARGV: booking, fan, limit, time to live (ms), what the entry begins with, seats…
 * Returns the end (ms), or the code of a refusal.
 */
const HOLD = scriptOf(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, owner in ipairs(redis.call('HMGET', KEYS[1], unpack(ARGV, 6))) do
  local booking, ends = string.match(owner or '', '^(%S+) (%d+)$')
  if booking == ARGV[1] then return ends end
  if booking and tonumber(ends) > now then return 'SEAT_TAKEN' end
end
local wanted = #ARGV - 5
local live, kept = wanted, ''
for seats, ends in string.gmatch(redis.call('HGET', KEYS[2], ARGV[2]) or '', '(%d+):(%d+)') do
  if tonumber(ends) > now then
    live = live + seats
    kept = kept .. ' ' .. seats .. ':' .. ends
  end
end
if live > tonumber(ARGV[3]) then return 'SEAT_LIMIT' end
local ends = string.format('%.0f', now + ARGV[4])
local owned = {}
for i = 6, #ARGV do
  owned[#owned + 1] = ARGV[i]
  owned[#owned + 1] = ARGV[1] .. ' ' .. ends
end
redis.call('HSET', KEYS[1], unpack(owned))
redis.call('HSET', KEYS[2], ARGV[2], wanted .. ':' .. ends .. kept)
local entry = ARGV[5] .. ' ' .. string.format('%.0f', now) .. ' ' .. ends .. ' ' .. table.concat(ARGV, ',', 6)
redis.call('XADD', KEYS[3], '*', '${ENTRY_FIELD}', entry)
return ends
`);

export interface AloneHold {
  bookingId: string;
  userId: string;
  concertId: string;
  scheduleId: string;
  seatNumbers: number[];
  totalPrice: number;
  seatLimit: number;
  ttlMs: number;
}

/** @returns when the hold ends (ms), or the code of a refusal */
export async function holdInRedis(redis: Redis, hold: AloneHold): Promise<number | string> {
  const { bookingId, userId, concertId, scheduleId, seatNumbers, totalPrice, seatLimit, ttlMs } = hold;
  const entry = [bookingId, userId, concertId, scheduleId, totalPrice].join(' ');
  const keys = [seatsKey(scheduleId), fansKey(scheduleId), STREAM];
  const args = [bookingId, userId, seatLimit, ttlMs, entry, ...seatNumbers];
  const answer = String(await runScript(redis, HOLD, keys, args));
  return /^\d+$/.test(answer) ? Number(answer) : answer;
}

/** One hold, as the stream tells it. */
export interface CopiedHold {
  bookingId: string;
  userId: string;
  concertId: string;
  scheduleId: string;
  totalPrice: number;
  createdAtMs: number;
  endsAtMs: number;
  seatNumbers: number[];
}

export function readEntry(entry: string): CopiedHold {
  const [bookingId = '', userId = '', concertId = '', scheduleId = '', ...numbers] = entry.split(' ');
  const [totalPrice = '', createdAtMs = '', endsAtMs = '', seats = ''] = numbers;
  return {
    bookingId,
    userId,
    concertId,
    scheduleId,
    totalPrice: Number(totalPrice),
    createdAtMs: Number(createdAtMs),
    endsAtMs: Number(endsAtMs),
    seatNumbers: seats.split(',').map(Number),
  };
}
