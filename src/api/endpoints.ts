import { type AccountRoutesParts, accountRoutes } from './accounts/routes';
import { type CommandRoutesParts, commandRoutes } from './commands/routes';
import { type ConcertRoutesParts, concertRoutes } from './concerts/routes';
import { type SeatRoutesParts, seatRoutes } from './concerts/seat-routes';
import type { Endpoint } from './endpoint';
import { type ExportRoutesParts, exportRoutes } from './fans/export-routes';
import { type FanRoutesParts, fanRoutes } from './fans/routes';
import { type OperatorRoutesParts, operatorRoutes } from './operators/routes';
import { type PointRoutesParts, pointRoutes } from './points/routes';
import { type PresaleRoutesParts, presaleRoutes } from './presales/routes';
import { type PurchaseRoutesParts, purchaseRoutes } from './purchases/routes';
import { type DoorRoutesParts, doorRoutes } from './tickets/door-routes';
import { type TicketRoutesParts, ticketRoutes } from './tickets/routes';
import { type WaitlistRoutesParts, waitlistRoutes } from './waitlist/routes';
import { type PublishedKeysParts, publishedKeyRoutes } from './waiting-room/published-keys';
import { type DrawRoutesParts, drawRoutes } from './waiting-room/draw-routes';
import { type WaitingRoomRoutesParts, waitingRoomRoutes } from './waiting-room/routes';

export type EndpointsParts = AccountRoutesParts &
  WaitingRoomRoutesParts &
  DrawRoutesParts &
  ConcertRoutesParts &
  SeatRoutesParts &
  CommandRoutesParts &
  PurchaseRoutesParts &
  TicketRoutesParts &
  DoorRoutesParts &
  FanRoutesParts &
  ExportRoutesParts &
  WaitlistRoutesParts &
  PointRoutesParts &
  OperatorRoutesParts &
  PresaleRoutesParts &
  PublishedKeysParts;

/** The HTTP contract, row by row. */
export function allEndpoints(parts: EndpointsParts): Endpoint[] {
  return [
    ...accountRoutes(parts),
    ...waitingRoomRoutes(parts),
    ...drawRoutes(parts),
    ...concertRoutes(parts),
    ...seatRoutes(parts),
    ...commandRoutes(parts),
    ...purchaseRoutes(parts),
    ...ticketRoutes(parts),
    ...doorRoutes(parts),
    ...fanRoutes(parts),
    ...exportRoutes(parts),
    ...waitlistRoutes(parts),
    ...pointRoutes(parts),
    ...operatorRoutes(parts),
    ...presaleRoutes(parts),
    ...publishedKeyRoutes(parts),
  ];
}
