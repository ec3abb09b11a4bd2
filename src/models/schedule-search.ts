import { QueryTypes, type Sequelize } from 'sequelize';

/** A date as an operator looks for it. */
export interface FoundSchedule {
  scheduleId: string;
  concertTitle: string;
  startAt: Date;
}

/** Finds dates by their id, their concert's id, or a part of its title; those that start next come first. */
export type ScheduleSearch = (text: string) => Promise<FoundSchedule[]>;

const FOUND_AT_MOST = 50;

export function createScheduleSearch(sequelize: Sequelize): ScheduleSearch {
  return async (text) =>
    sequelize.query<FoundSchedule>(
      // The union's arms by id each find by their index; by title, all concerts are read: for operators, now and then.
      `SELECT s.id AS "scheduleId", c.title AS "concertTitle", s.start_at AS "startAt"
         FROM (SELECT id FROM schedules WHERE id::text = $1
               UNION SELECT s.id FROM concerts c JOIN schedules s ON s.concert_id = c.id
                      WHERE c.id::text = $1 OR strpos(lower(c.title), lower($1)) > 0) AS found
         JOIN schedules s USING (id) JOIN concerts c ON c.id = s.concert_id
        ORDER BY s.start_at < statement_timestamp(), s.start_at, s.id LIMIT ${FOUND_AT_MOST}`,
      { bind: [text], type: QueryTypes.SELECT },
    );
}
