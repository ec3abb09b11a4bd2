import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** How the way between two processes behaves. */
export type Weather =
  /** As if it were not there. */
  | 'clear'
  /** Connections stay open, new ones are taken, and no byte arrives: a firewall that drops, a host that hangs. */
  | 'black hole'
  /** Every connection is reset at once, open ones as well. */
  | 'reset'
  /** Requests arrive, answers do not: what was asked may have been done. */
  | 'lost answers';

export interface Target {
  host: string;
  port: number;
}

export interface Proxy {
  readonly port: number;
  set(weather: Weather): void;
  /** New connections lead there: an address that moves, as in a failover. Open ones stay as they are. */
  moveTo(target: Target): void;
  stop(): Promise<void>;
}

/** A TCP proxy whose weather a test makes. */
export async function startProxy(first: Target): Promise<Proxy> {
  let target = first;
  let weather: Weather = 'clear';
  const sockets = new Set<Socket>();
  // Bytes were lost on these connections: they stay silent for ever, also when others pass again.
  const hanging = new Set<Socket>();
  const links = new Map<Socket, Socket>();

  const passes = (from: 'client' | 'server'): boolean =>
    weather === 'clear' || (weather === 'lost answers' && from === 'client');

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  }

  const proxy = createServer((client) => {
    track(client);
    if (weather === 'reset') client.resetAndDestroy();
    if (weather === 'black hole') hanging.add(client);
    if (client.destroyed || hanging.has(client)) return;
    const server = connect(target.port, target.host);
    track(server);
    const link = (from: 'client' | 'server', source: Socket, sink: Socket): void => {
      source.on('data', (chunk) => {
        if (passes(from) && !hanging.has(client)) sink.write(chunk);
        else hanging.add(client);
      });
      source.on('close', () => {
        if (passes(from) && !hanging.has(client)) sink.destroy(); // Else the other side never hears of it.
      });
    };
    link('client', client, server);
    link('server', server, client);
    links.set(client, server);
    server.on('close', () => links.delete(client));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');

  return {
    port: address.port,
    set: (next) => {
      weather = next;
      // A Postgres that waits for a client who cannot be heard (to sign in) would hold up the whole cluster's housekeeping.
      for (const [client, server] of links) if (hanging.has(client)) server.destroy();
      if (next === 'reset') for (const socket of sockets) socket.resetAndDestroy();
    },
    moveTo: (next) => void (target = next),
    stop: async () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await once(proxy, 'close');
    },
  };
}

/** The same URL through a proxy in front of its host. */
export async function proxied(url: string): Promise<{ url: string; proxy: Proxy }> {
  const target = new URL(url);
  const proxy = await startProxy({ host: target.hostname, port: Number(target.port) });
  target.hostname = '127.0.0.1';
  target.port = String(proxy.port);
  return { url: target.toString(), proxy };
}
