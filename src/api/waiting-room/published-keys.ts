import { z } from 'zod';
import { PublishedKey, type QueueTokens } from '../../waiting-room';
import type { Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { at } from '../path';

export interface PublishedKeysParts {
  policies: Policies;
  queueTokens: QueueTokens;
}

// Whoever checks tokens may keep the keys for so long: a new key is to be published that long before it signs.
const CACHE_CONTROL = 'public, max-age=300';

/** What lets anybody check a queue token without asking us: a turnstile, an edge in front of another part of a shop. */
export function publishedKeyRoutes({ policies, queueTokens }: PublishedKeysParts): Endpoint[] {
  const body = { keys: queueTokens.publishedKeys };
  return [
    endpoint({
      name: 'getPublicKeys',
      method: 'get',
      path: at('/.well-known/jwks.json', {}),
      tag: 'Waiting room',
      summary: 'The public keys of queue tokens, as a JSON Web Key Set; none where a secret signs them',
      access: policies.anybody,
      input: z.object({}),
      answers: {
        200: {
          description: 'The keys: the one that signs first',
          schema: z.object({ keys: z.array(PublishedKey) }),
          headers: ['Cache-Control'],
        },
      },
      handle: async () => ({ status: 200, body, headers: { 'Cache-Control': CACHE_CONTROL } }),
    }),
  ];
}
