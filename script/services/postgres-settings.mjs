/** The one role; it owns the cluster, so migrations may create extensions. */
export const USER = 'frontrow';

/** @type {NodeJS.Signals[]} SIGINT: open transactions are ended; SIGQUIT: at once, recovery at the next start */
export const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGKILL'];

// The password is random and long: thousands of rounds would only cost time on every connection.
export const PASSWORD_ROUNDS = '16';

const COMMON = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '256MB',
  // The default reads the machine's zone; every clock here is UTC.
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  scram_iterations: PASSWORD_ROUNDS,
};
export const DURABLE = { fsync: 'on', synchronous_commit: 'on' };
export const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  checkpoint_timeout: '1h',
  max_wal_size: '4GB',
};

/**
 * @param {{ durable: boolean, port: number }} server
 * @returns {string[]} command line flags
 */
export function settingsFor({ durable, port }) {
  return asFlags({ ...COMMON, ...(durable ? DURABLE : FAST), port: String(port) });
}

/**
 * @param {Record<string, string>} settings
 * @returns {string[]}
 */
export function asFlags(settings) {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** PGDATA, PGPORT and the like of the caller would steer our server. */
export function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(kept), LANG: 'C', LC_ALL: 'C' };
}
