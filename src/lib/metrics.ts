import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export type Metrics = ReturnType<typeof createMetrics>;

/** Every figure that a process shows at /metrics: the one list of metric names. Times are in seconds. */
export function createMetrics(role: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'frontrow_http_request_seconds',
      help: 'Time to answer, by route and status',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: SECONDS,
      registers,
    }),
    gateSeconds: new Histogram({
      name: 'frontrow_gate_seconds',
      help: 'From a command reaching the gate until it is recorded, or queued when its request waits',
      buckets: SECONDS,
      registers,
    }),
    gatePending: new Gauge({
      name: 'frontrow_gate_pending_commands',
      help: 'Commands in the gate that are not recorded yet',
      registers,
    }),
    queueSeconds: new Histogram({
      name: 'frontrow_queue_seconds',
      help: 'From a batch being queued until a worker takes it',
      buckets: SECONDS,
      registers,
    }),
    groupSeconds: new Histogram({
      name: 'frontrow_group_transaction_seconds',
      help: 'Time of the transaction that decides the groups of one or more schedules',
      buckets: SECONDS,
      registers,
    }),
    groupSize: new Histogram({
      name: 'frontrow_group_commands',
      help: 'Commands decided in one transaction',
      buckets: SIZES,
      registers,
    }),
    outcomes: new Counter({
      name: 'frontrow_command_outcomes_total',
      help: 'Commands by kind and by how they ended: completed, failed, or the code of the refusal',
      labelNames: ['kind', 'outcome'] as const,
      registers,
    }),
    released: new Counter({
      name: 'frontrow_holds_released_total',
      help: 'Holds that ended without payment and were released',
      registers,
    }),
    admitted: new Counter({
      name: 'frontrow_room_admitted_total',
      help: 'Fans admitted by this process, over all rooms',
      registers,
    }),
    roomWaiting: new Gauge({
      name: 'frontrow_room_waiting',
      help: 'Fans waiting, by concert, as of the last tick of this process',
      labelNames: ['concert'] as const,
      registers,
    }),
    roomActive: new Gauge({
      name: 'frontrow_room_active',
      help: 'Fans admitted now, by concert, as of the last tick of this process',
      labelNames: ['concert'] as const,
      registers,
    }),
    schedulesServed: new Gauge({
      name: 'frontrow_schedules_served',
      help: 'Schedules that this worker process has open, as they have work or had some a moment ago',
      registers,
    }),
    oldestBatchAge: new Gauge({
      name: 'frontrow_oldest_batch_age_seconds',
      help: 'How long the oldest batch has been waiting that this worker process is to take',
      registers,
    }),
    workersAlive: new Gauge({
      name: 'frontrow_workers_alive',
      help: 'Worker processes that this one shares the schedules with, itself included',
      registers,
    }),
    jobFailures: new Counter({
      name: 'frontrow_job_failures_total',
      help: 'Attempts of jobs that failed, by job',
      labelNames: ['job'] as const,
      registers,
    }),
    repairs: new Counter({
      name: 'frontrow_repairs_total',
      help: 'What upkeep had to put right, by kind',
      labelNames: ['repair'] as const,
      registers,
    }),
    retentionRemoved: new Counter({
      name: 'frontrow_retention_removed_total',
      help: 'What was over and was removed, by kind of thing',
      labelNames: ['thing'] as const,
      registers,
    }),
    retentionCutShort: new Counter({
      name: 'frontrow_retention_cut_short_total',
      help: 'Runs that left some for the next one when their time was over, by kind of thing',
      labelNames: ['thing'] as const,
      registers,
    }),
  };
}
