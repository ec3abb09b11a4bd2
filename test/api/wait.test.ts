import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { waitMsOf } from '../../src/api/commands/job-answers';
import type { RequestState } from '../../src/api/endpoint';

test.each([
  ['/', {}, 0],
  ['/?concertId=1', {}, 0],
  ['/', { prefer: 'wait=3' }, 3000],
  ['/?concertId=1', { prefer: 'wait=3' }, 3000],
  ['/?wait=5', {}, 5000],
  ['/?w%61it=5', {}, 5000],
  ['/?a=b&wait=5', { prefer: 'wait=9' }, 9000],
  ['/?wait=99', {}, 10_000],
  ['/?wait=abc', {}, 0],
])('a request for %s with %j may take %d ms longer', (url, headers, expected) => {
  const incoming = Object.assign(new IncomingMessage(new Socket()), { url, headers });
  const ctx = new Koa<RequestState>().createContext(incoming, new ServerResponse(incoming));
  expect(waitMsOf(ctx)).toBe(expected);
});
