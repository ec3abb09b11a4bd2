// Larger texts of digits overflow bigint: such an id exists nowhere, and Postgres would answer with an error.
export const DATABASE_ID = /^[1-9]\d{0,17}$/;
export const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** Whether a client's text can be the id of a concert or schedule. What cannot is simply not found. */
export function isDatabaseId(text: string): boolean {
  return DATABASE_ID.test(text);
}

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** When a UUIDv7 was made, in milliseconds since 1970: its first 48 bits. */
export function uuidTime(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
