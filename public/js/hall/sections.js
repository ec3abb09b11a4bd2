/** Sections and their rows, in the order in which the service lists them. */
export function sectionsOf(seats) {
  const sections = new Map();
  for (const seat of seats) {
    if (!sections.has(seat.section)) sections.set(seat.section, new Map());
    const rows = sections.get(seat.section);
    if (!rows.has(seat.row)) rows.set(seat.row, []);
    rows.get(seat.row).push(seat);
  }
  return [...sections].map(([name, rows]) => ({
    name,
    rows: [...rows].map(([row, list]) => ({ name: row, seats: list })),
  }));
}
