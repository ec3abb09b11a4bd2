import { startRedisCluster } from '../../test/support/redis-cluster';
import { rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { OURS, type Part } from '../stage/stage';
import { spreadOver } from './spread';

const CONNECTIONS = 200;

/** The same load over three masters, which share the schedules, and over one Redis, on the same machine. */
export const cluster: Scenario = {
  name: 'cluster',
  about: `holds over 100 schedules, ${CONNECTIONS} connections: a Redis Cluster of three masters, and one Redis`,
  run: async (bench) => {
    const nodes = await startRedisCluster({ masters: 3, replicas: 0, appendOnly: true });
    try {
      const masters: Part = { ...OURS, redis: nodes };
      const turns = await spreadOver(bench, [masters, { ...OURS, name: 'one Redis' }], CONNECTIONS);
      return [rateOutcome('cluster', 'confirmed holds/s', turns)];
    } finally {
      await nodes.stop();
    }
  },
};
