import { z } from 'zod';
import { TicketView } from '../purchases/schema';
import { IdInput, Moment, text } from '../schemas';

export const CheckInBody = z
  .object({
    code: text(100).meta({
      description: 'As it was scanned or typed: case, spaces and dashes do not matter',
    }),
    scheduleId: IdInput.optional().meta({ description: 'The only date that is let in here' }),
    scanId: z.uuid().toLowerCase().optional().meta({
      description: 'Made by the device for each scan: sent again with the same, it is the same yes',
    }),
  })
  .meta({ examples: [{ code: '7K3M-9QRT-AB12-CDEF' }] });

export const DoorTicketView = TicketView.extend({ scheduleId: z.string() }).meta({ id: 'DoorTicket' });

export const DoorDateView = z
  .object({ id: z.string(), concertTitle: z.string(), startAt: Moment, endAt: Moment })
  .meta({ id: 'DoorDate' });

export const DoorCountView = z.object({
  tickets: z.int().meta({ description: 'Those that are not void' }),
  used: z.int(),
});
