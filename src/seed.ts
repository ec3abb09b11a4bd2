import { createDatabase } from './lib/database';
import { readSettings } from './lib/settings';
import { startOrExplain } from './lib/start';
import { createConcertStore } from './models/concert-store';
import { refusePendingMigrations } from './models/migrate';
import { createScheduleStore, type NewSchedule } from './models/schedule-store';
import { initModels } from './models/tables';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const USAGE = `
Usage: npm run seed

Three concerts to try things with, in the database at DATABASE_URL: only when it has none yet.
`;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  await refusePendingMigrations(settings.databaseUrl);
  const database = createDatabase({ url: settings.databaseUrl, pool: 2, name: 'frontrow seed' });
  initModels(database);
  const concerts = createConcertStore(database);
  if ((await concerts.count()) > 0) {
    console.log('There are concerts already: no demo data made.');
  } else {
    const schedules = createScheduleStore(database);
    const { seatLimit, queuePolicy: policy } = settings;
    for (const { title, description, dates } of demo(Date.now())) {
      const concert = await concerts.create({ title, description, seatLimit, policy });
      for (const date of dates) await schedules.create({ ...date, concertId: concert.id });
      console.log(`Made concert ${concert.id}: ${title}`);
    }
  }
  await database.close();
}

type Evening = Omit<NewSchedule, 'concertId'>;

function demo(now: number): { title: string; description: string; dates: Evening[] }[] {
  const date = (bookingInMs: number, showInMs: number, sections: Evening['sections']): Evening => ({
    bookingStartAt: new Date(now + bookingInMs),
    bookingEndAt: new Date(now + showInMs - HOUR),
    startAt: new Date(now + showInMs),
    endAt: new Date(now + showInMs + 2 * HOUR),
    sections,
  });
  const club = [{ name: 'A', rows: 5, seatsPerRow: 10, price: 50_000 }];
  const hall = [
    { name: 'Floor', rows: 10, seatsPerRow: 40, price: 120_000 },
    { name: 'Circle', rows: 20, seatsPerRow: 40, price: 90_000 },
    { name: 'Balcony', rows: 19, seatsPerRow: 40, price: 60_000 },
    { name: 'Accessible', rows: 1, seatsPerRow: 40, price: 60_000, attributes: { accessible: 'true' } },
    { name: 'Standing', rows: 1, seatsPerRow: 100, price: 40_000, standing: true },
  ];
  return [
    {
      title: 'Small Room, Big Voice',
      description: 'One evening, 50 seats.',
      dates: [date(-HOUR, 30 * DAY, club)],
    },
    {
      title: 'The Hall Tour',
      description: 'Two evenings with 2,000 seats each, and 100 places to stand.',
      dates: [date(-HOUR, 40 * DAY, hall), date(-HOUR, 41 * DAY, hall)],
    },
    {
      title: 'Opening Soon',
      description: 'Booking opens a day from now: the waiting room is open already.',
      dates: [date(DAY, 60 * DAY, club)],
    },
  ];
}

startOrExplain(USAGE, main);
