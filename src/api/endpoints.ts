import { type AccountRoutesParts, accountRoutes } from './accounts/routes';
import { type AuditLogRoutesParts, auditLogRoutes } from './audit-log/routes';
import { type CommandRoutesParts, commandRoutes } from './commands/routes';
import { type ConcertRoutesParts, concertRoutes } from './concerts/routes';
import { type SeatRoutesParts, seatRoutes } from './concerts/seat-routes';
import { type DateRoutesParts, dateRoutes } from './dates/routes';
import { countRefusals } from './desk/count-refusals';
import { type DeskRoutesParts, deskRoutes } from './desk/routes';
import type { CommandTally } from '../desk/command-tally';
import type { Endpoint } from './endpoint';
import { type ExportRoutesParts, exportRoutes } from './fans/export-routes';
import { type FanRoutesParts, fanRoutes } from './fans/routes';
import { type OperatorRoutesParts, operatorRoutes } from './operators/routes';
import { type PlanRoutesParts, planRoutes } from './plans/routes';
import { type PointRoutesParts, pointRoutes } from './points/routes';
import { type PresaleRoutesParts, presaleRoutes } from './presales/routes';
import { type ShowRoutesParts, showRoutes } from './shows/routes';
import { type PurchaseRoutesParts, purchaseRoutes } from './purchases/routes';
import { type DoorRoutesParts, doorRoutes } from './tickets/door-routes';
import { type TicketRoutesParts, ticketRoutes } from './tickets/routes';
import { type SalesRoutesParts, salesRoutes } from './sales/routes';
import { type StaffRoutesParts, staffRoutes } from './staff/routes';
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
  PlanRoutesParts &
  DateRoutesParts &
  DeskRoutesParts &
  SalesRoutesParts & { tally: CommandTally } & StaffRoutesParts &
  AuditLogRoutesParts &
  ShowRoutesParts &
  PublishedKeysParts;

/** The HTTP contract, row by row. */
export function allEndpoints(parts: EndpointsParts): Endpoint[] {
  return [
    ...accountRoutes(parts),
    ...waitingRoomRoutes(parts),
    ...drawRoutes(parts),
    ...concertRoutes(parts),
    ...seatRoutes(parts),
    ...commandRoutes(parts).map((each) => countRefusals(each, parts.tally)),
    ...purchaseRoutes(parts),
    ...ticketRoutes(parts),
    ...doorRoutes(parts),
    ...fanRoutes(parts),
    ...exportRoutes(parts),
    ...waitlistRoutes(parts),
    ...pointRoutes(parts),
    ...operatorRoutes(parts),
    ...deskRoutes(parts),
    ...salesRoutes(parts),
    ...presaleRoutes(parts),
    ...planRoutes(parts),
    ...dateRoutes(parts),
    ...staffRoutes(parts),
    ...auditLogRoutes(parts),
    ...showRoutes(parts),
    ...publishedKeyRoutes(parts),
  ];
}
