/**
 * Every time that stands in an order with another, in milliseconds. What matters to one place alone, such as how long a
 * batch gathers, stands there.
 */
export const TIMES = {
  // Redis and Postgres
  /** One command of a request. Longer than a busy machine lets this very process stand still: that is not Redis' silence. */
  redisCommandMs: 1800,
  /** A connection that has been silent for so long, with commands under way, is given up: or they would time out for ever. */
  redisRequestSilenceMs: 3000,
  redisWorkerSilenceMs: 12_000,
  databaseConnectMs: 2000,
  /** For a connection of the pool. */
  databaseAcquireMs: 2200,
  /** Of one statement, of waiting for one lock, and of a transaction that does nothing: Postgres itself ends them. */
  databaseStatementMs: 5000,
  /** A standby's answer that is not there by then is asked for on the primary. */
  standbyPatienceMs: 1000,

  // Requests
  /** A request is answered by then, whatever is away. One that asked to wait has that time on top. */
  requestDeadlineMs: 2500,
  /** One that brings or makes very much, such as a hundred thousand codes. */
  longCallMs: 20_000,
  /** What a request may ask for at most. */
  longestWaitMs: 10_000,
  /** A connection without a request stays open for so long. */
  keepAliveMs: 65_000,
  /** A stream says something at least so often. */
  heartbeatMs: 15_000,
  /** A stream that has ended is cut when its client has not read to the end by then. */
  streamEndMs: 5000,
  /** One part of the answer to "ready?". */
  readinessLookMs: 1500,

  // Commands
  /** Most outcomes take a tenth of that; without one, the command is recorded while its request goes on waiting. */
  promptMs: 1500,
  /** A message may be lost: who waits for an outcome asks at least so often. */
  askAgainMs: 2000,
  /** For a queue to take a batch. */
  queueBatchMs: 2000,
  /** A batch that nobody has said the end of is not counted as under way any longer: the message may be lost. */
  forgetBatchMs: 5000,
  /** A command that was recorded longer ago than this has its job, or has lost it. */
  staleCommandMs: 3000,
  /** By then a hold that passed the guard is decided, or recorded as a command, or its request has failed. */
  holdRecordedMs: 5000,
  /** Outcomes are kept in Redis for whoever polls; later, Postgres is asked. */
  outcomeKeptMs: 120_000,
  /** How far the clocks of Postgres, Redis, the processes and an issuer of foreign access tokens may be apart. */
  clockSkewMs: 10_000,

  // Workers
  /** A worker looks for work, and says that it is alive, so often. */
  roundMs: 250,
  /** One that has not been heard of for so long is dead, and others serve its schedules. */
  workerSilentMs: 1500,
  /** A job's lock, and how often it is renewed. */
  jobLockMs: 2000,
  renewLocksMs: 500,
  /** A job whose lock has run out is given to another when two such looks have seen that. */
  stalledCheckMs: 250,
  /** Holds that end within one such span are released by one job. */
  releaseStepMs: 500,

  // The jobs that repeat
  admissionEveryMs: 200,
  dueEveryMs: 500,
  upkeepEveryMs: 5000,
  retentionEveryMs: 30_000,
  samplingEveryMs: 3000,
  /** What the desk shows, each process tells so often; and a worker that has said nothing for so long is marked as silent. */
  deskNoteEveryMs: 1000,
  deskSilentMs: 5000,
  /** A killed process stops the clock jobs that it had in hand until their lock has run out and this check has seen it. */
  clockLockMs: 2500,
  clockStalledCheckMs: 1000,
  /** Upkeep looks again at who has paid between so long ago, and so long: their admissions should be over. */
  payersFromMs: 12_000,
  payersToMs: 2000,
  /** What the audit allows until a hold that has ended is released, and a recorded command decided. */
  auditGraceMs: 15_000,

  // Dates
  /** Each process asks so often which dates were changed: stopped, moved, called off. */
  termsLookMs: 1000,
  /** And is told of each change for so long. */
  termsOverlapMs: 60_000,

  // Seat maps
  /**
   * A map that somebody listens to is looked at so often at most: nobody sees more, and a group of a hundred holds is one
   * event, not a hundred. And at least: a message may be lost.
   */
  seatLookMs: 200,
  seatLookAgainMs: 2000,
  /** Longer than a busy worker takes from a commit to what follows it: a map still behind has lost a change. */
  mapLateMs: 1000,
  /** How long a map that was dropped is remembered: no older one may be noted. */
  mapFloorKeptMs: 60_000,

  // Tokens and places
  /** Longer than any sale's queue; a token is issued anew with every state anyway. */
  queueTokenMs: 24 * 3_600_000,
  placesGivenUpKeptMs: 25 * 3_600_000,
  /** Rooms and queues stay for so long after the last date. */
  keptAfterTheEndMs: 24 * 3_600_000,
  /** Signed-out access tokens, after their own end. */
  revokedTokensKeptMs: 3_600_000,
  /** Sign-outs are read again from so long before the latest one that was seen. */
  revocationsOverlapMs: 10_000,
  /** One look at the keys of the issuer of foreign access tokens. */
  issuerPatienceMs: 1500,
  /** A token whose key is not known makes us look again, but not sooner than this after the last look. */
  issuerAskAgainMs: 5000,
  /** A key that the issuer has withdrawn is good for nothing after so long. */
  issuerKeysEveryMs: 300_000,
  /** Foreign access tokens that are made to live longer than this are not taken: a stolen one would be good for ever. */
  foreignTokenMs: 24 * 3_600_000,

  /** The orderly stop. A deployment must leave a process that long, and a margin. */
  shutdownMs: 10_000,
  /** Of that, what a worker gives its jobs to end: what is under way then is found again, as after a crash. */
  jobsEndMs: 7000,
} as const;

/** Times that nothing here sets: what README.md and ARCHITECTURE.md promise, and what others do. */
export const GIVEN = {
  /** Promised: a request that does not ask to wait is answered by then. */
  answeredMs: 3000,
  /** Promised: a dead worker's schedules are served again. */
  failOverMs: 3000,
  /** Promised: a seat whose hold has ended is free, even if the job that was to release it is lost. */
  releasedMs: 2000,
  /** The usual load balancers cut a connection on which nothing has been said for so long. */
  loadBalancerIdleMs: 60_000,
  /** One of BullMQ's commands waits at Redis for so long. */
  bullmqBlocksMs: 10_000,
} as const;

const ALL = { ...TIMES, ...GIVEN };
export type Time = keyof typeof ALL;

/** All of `shorter` together is shorter than `longer`, or as long at most where it `mayEqual`: else happens what `else` says. */
export interface Order {
  shorter: readonly Time[];
  longer: Time;
  mayEqual?: boolean;
  else: string;
}

export const ORDERS: readonly Order[] = [
  // Redis and Postgres
  {
    shorter: ['redisCommandMs'],
    longer: 'requestDeadlineMs',
    else: 'a request would be over before it hears that Redis is away, and does without',
  },
  {
    shorter: ['redisCommandMs'],
    longer: 'redisRequestSilenceMs',
    else: 'one slow command would cost all others their connection',
  },
  {
    shorter: ['bullmqBlocksMs'],
    longer: 'redisWorkerSilenceMs',
    else: 'a worker that waits for work would lose its connection again and again',
  },
  {
    shorter: ['databaseConnectMs'],
    longer: 'databaseAcquireMs',
    else: 'the pool would give up first, and nobody hear why there is no connection',
  },
  {
    shorter: ['databaseAcquireMs'],
    longer: 'requestDeadlineMs',
    else: 'a request would be over before it hears that Postgres is away',
  },
  {
    shorter: ['standbyPatienceMs'],
    longer: 'requestDeadlineMs',
    else: 'a read that the standby does not answer would not be made on the primary in time',
  },

  // Requests
  {
    shorter: ['requestDeadlineMs'],
    longer: 'answeredMs',
    else: 'answers would come later than promised while Postgres or Redis is away',
  },
  {
    shorter: ['readinessLookMs'],
    longer: 'answeredMs',
    else: '"ready?" would be answered later than promised, and whoever asks give up',
  },
  {
    shorter: ['longestWaitMs', 'requestDeadlineMs'],
    longer: 'loadBalancerIdleMs',
    else: 'load balancers would cut requests that wait',
  },
  {
    shorter: ['heartbeatMs', 'heartbeatMs'],
    longer: 'loadBalancerIdleMs',
    else: 'load balancers would cut quiet streams',
  },
  {
    shorter: ['loadBalancerIdleMs'],
    longer: 'keepAliveMs',
    else: 'a load balancer would send requests over connections that are just closing',
  },

  // Commands
  {
    shorter: ['promptMs'],
    longer: 'requestDeadlineMs',
    else: 'a request would be answered with nothing recorded',
  },
  {
    shorter: ['redisCommandMs'],
    longer: 'queueBatchMs',
    else: 'a batch would be given up while Redis may still take it',
  },
  {
    shorter: ['queueBatchMs'],
    longer: 'requestDeadlineMs',
    else: 'a request would fail before its command, which no queue takes, is recorded instead',
  },
  {
    shorter: ['queueBatchMs'],
    longer: 'staleCommandMs',
    else: 'commands on their way to the queue would be taken for lost',
  },
  {
    shorter: ['queueBatchMs'],
    longer: 'forgetBatchMs',
    else: 'a batch would be forgotten before it is queued',
  },
  {
    shorter: ['failOverMs'],
    longer: 'forgetBatchMs',
    else: 'the gate would send ever more into a queue whose worker has just died',
  },
  {
    shorter: ['promptMs', 'staleCommandMs', 'dueEveryMs', 'askAgainMs'],
    longer: 'longestWaitMs',
    else: 'whoever waits longest would not see the outcome of a command whose job was lost',
  },
  {
    shorter: ['requestDeadlineMs'],
    longer: 'holdRecordedMs',
    else: 'an admission would end before the hold that it let through',
  },
  {
    shorter: ['queueBatchMs', 'promptMs'],
    longer: 'holdRecordedMs',
    else: 'an admission would end before the hold of a request that waits is recorded',
  },
  {
    shorter: ['holdRecordedMs'],
    longer: 'clockSkewMs',
    else: 'the guard would let a hold through unrecorded by the end of the admission, without prolonging that',
  },
  {
    shorter: ['longestWaitMs'],
    longer: 'outcomeKeptMs',
    else: 'outcomes would be gone before they are asked for',
  },

  // Workers
  {
    shorter: ['roundMs', 'roundMs', 'roundMs', 'roundMs'],
    longer: 'workerSilentMs',
    else: 'a busy worker would be taken for dead',
  },
  {
    shorter: ['renewLocksMs', 'renewLocksMs'],
    longer: 'jobLockMs',
    else: 'a busy worker would lose the job that it works on',
  },
  {
    shorter: ['workerSilentMs', 'roundMs', 'stalledCheckMs', 'stalledCheckMs'],
    longer: 'failOverMs',
    else: 'a dead worker would be replaced later than promised',
  },
  {
    shorter: ['jobLockMs', 'stalledCheckMs', 'stalledCheckMs'],
    longer: 'failOverMs',
    else: 'the job of a dead worker would be done later than promised',
  },
  {
    shorter: ['releaseStepMs', 'dueEveryMs'],
    longer: 'releasedMs',
    else: 'seats would be free later than promised when their release is lost',
  },

  // Dates
  {
    shorter: [
      'databaseStatementMs',
      'databaseStatementMs',
      'termsLookMs',
      'databaseStatementMs',
      'databaseAcquireMs',
    ],
    longer: 'termsOverlapMs',
    else: 'a change that was slow to commit would never be heard of',
  },

  // The jobs that repeat
  {
    shorter: ['clockLockMs', 'clockStalledCheckMs', 'dueEveryMs', 'staleCommandMs', 'failOverMs'],
    longer: 'auditGraceMs',
    else: 'the audit would complain of what is about to be found after a worker’s death',
  },
  {
    shorter: ['redisCommandMs'],
    longer: 'payersToMs',
    else: 'payers would be looked at before their own worker has ended their admissions',
  },
  {
    shorter: ['payersToMs', 'upkeepEveryMs', 'upkeepEveryMs'],
    longer: 'payersFromMs',
    mayEqual: true,
    else: 'one run of upkeep that fails would miss payers',
  },
  {
    shorter: ['payersToMs', 'upkeepEveryMs', 'clockLockMs', 'clockStalledCheckMs'],
    longer: 'payersFromMs',
    else: 'payers would be missed when the process that runs upkeep is killed',
  },
  {
    shorter: ['deskNoteEveryMs', 'redisCommandMs', 'deskNoteEveryMs'],
    longer: 'deskSilentMs',
    else: 'a worker of which one word was lost would be marked as silent',
  },
  {
    shorter: ['deskNoteEveryMs'],
    longer: 'samplingEveryMs',
    else: 'samples would have the counts of no second, and then of two',
  },
  {
    shorter: ['mapLateMs'],
    longer: 'upkeepEveryMs',
    else: 'upkeep would do little but wait for maps that are late',
  },

  // Seat maps
  {
    shorter: ['seatLookMs'],
    longer: 'seatLookAgainMs',
    else: 'changes would be told no sooner than without a message',
  },
  {
    shorter: ['databaseAcquireMs', 'databaseStatementMs', 'redisCommandMs'],
    longer: 'mapFloorKeptMs',
    else: 'a slow read of the truth would be noted although its map was dropped meanwhile',
  },

  // Tokens and places
  {
    shorter: ['queueTokenMs'],
    longer: 'placesGivenUpKeptMs',
    else: 'a place given up could be used once more',
  },
  {
    shorter: ['queueTokenMs'],
    longer: 'keptAfterTheEndMs',
    mayEqual: true,
    else: 'tokens would outlive their room, and be shown at the next one',
  },
  {
    shorter: ['clockSkewMs'],
    longer: 'revokedTokensKeptMs',
    else: 'a process whose clock is behind would take a token that was signed out',
  },
  {
    shorter: ['databaseStatementMs'],
    longer: 'revocationsOverlapMs',
    else: 'a sign-out that took long to commit would never be read',
  },
  {
    shorter: ['issuerPatienceMs'],
    longer: 'requestDeadlineMs',
    else: 'a request would be over before it hears that the issuer of its token is away',
  },
  {
    shorter: ['issuerPatienceMs'],
    longer: 'issuerAskAgainMs',
    else: 'an issuer that hangs would be asked all the time',
  },
  {
    shorter: ['issuerPatienceMs', 'issuerPatienceMs'],
    longer: 'shutdownMs',
    else: 'an issuer that hangs would keep a process from its orderly stop',
  },
  {
    shorter: ['issuerAskAgainMs'],
    longer: 'issuerKeysEveryMs',
    else: 'keys that are not known would be looked for no sooner than without need',
  },

  // The orderly stop
  {
    shorter: ['requestDeadlineMs'],
    longer: 'shutdownMs',
    else: 'a stopping process would cut requests under way',
  },
  {
    shorter: ['streamEndMs'],
    longer: 'shutdownMs',
    else: 'a client that reads nothing would keep a process from its orderly stop',
  },
  {
    shorter: ['databaseStatementMs'],
    longer: 'jobsEndMs',
    else: 'a stopping worker would be ended within a transaction',
  },
  {
    shorter: ['jobsEndMs'],
    longer: 'shutdownMs',
    else: 'a worker whose Redis hangs would not end in good order',
  },
];

/** The orders that these times break, in words. */
export function wrongOrders(times: Readonly<Record<Time, number>> = ALL): string[] {
  return ORDERS.filter(({ shorter, longer, mayEqual = false }) => {
    const sumMs = sumOf(times, shorter);
    return mayEqual ? sumMs > times[longer] : sumMs >= times[longer];
  }).map(
    ({ shorter, longer, else: what }) =>
      `${shorter.join(' + ')} (${sumOf(times, shorter)}) must be shorter than ${longer} (${times[longer]}): else ${what}`,
  );
}

const sumOf = (times: Readonly<Record<Time, number>>, names: readonly Time[]): number =>
  names.reduce((sumMs, name) => sumMs + times[name], 0);
