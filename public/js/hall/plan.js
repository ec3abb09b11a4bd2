/** Between two sections that nothing is said of, in widths of a seat: room for the name of the second. */
const GAP = 2.2;
/** What a seat after an aisle stands further away. */
const AISLE = 0.8;
const STAGE_DEPTH = 1.6;
const EDGE = 1.5;

/**
 * Where each seat is drawn, in widths of a seat: the middle of the stage's edge is 0, 0, and y grows away from it.
 * @param sections as sectionsOf gives them
 * @param layout by section, as the map tells it; sections without one stand below the rest, one block after the other
 */
export function planHall(sections, layout = {}) {
  const places = [];
  const rows = [];
  const titles = [];
  let bottom = 0;

  function add({ name, rows: sectionRows }, placeOf, titleAt) {
    const lines = sectionRows.map(({ seats }) => fromTheMiddle(seats));
    const width = Math.max(...lines.map((line) => line.at(-1) - line[0] + 1));
    titles.push({ name, price: sectionRows[0].seats[0].price, width, ...titleAt });
    sectionRows.forEach((row, r) => {
      const made = row.seats.map((seat, s) => {
        const place = { seat, row: rows.length, index: places.length, ...placeOf(r, lines[r][s]) };
        places.push(place);
        bottom = Math.max(bottom, place.y);
        return place;
      });
      rows.push({ section: name, name: row.name, places: made });
    });
  }

  for (const section of sections) {
    const where = layout[section.name];
    if (where?.shape === 'arc')
      add(section, arc(where), polar(where.distance - 1.2, rad(where.angleDegrees)));
    else if (where?.shape === 'block') add(section, block(where), turned(where, 0, -1.2));
  }
  for (const section of sections) {
    const where = { x: 0, y: bottom + GAP, turnDegrees: 0 };
    if (layout[section.name] === undefined) add(section, block(where), turned(where, 0, -1.1));
  }
  return { places, rows, titles, ...outline(places) };
}

/** How far each seat of a row is from the row's middle. */
function fromTheMiddle(seats) {
  let at = 0;
  const line = seats.map(({ afterGap }, index) => {
    if (index > 0) at += afterGap ? 1 + AISLE : 1;
    return at;
  });
  return line.map((each) => each - at / 2);
}

const rad = (degrees) => (degrees * Math.PI) / 180;

/** Straight rows, turned about the middle of the first. */
const block = (where) => (row, right) => ({
  ...turned(where, right, row),
  turn: rad(where.turnDegrees),
});

function turned({ x, y, turnDegrees }, right, down) {
  const [cos, sin] = [Math.cos(rad(turnDegrees)), Math.sin(rad(turnDegrees))];
  return { x: x + right * cos - down * sin, y: y + right * sin + down * cos };
}

/** Rows about the middle of the stage's edge: seats keep their width, so rows further back take less of the circle. */
const arc =
  ({ distance, angleDegrees }) =>
  (row, right) => {
    const radius = distance + row;
    const angle = rad(angleDegrees) + right / radius;
    return { ...polar(radius, angle), turn: -angle };
  };

const polar = (radius, angle) => ({ x: radius * Math.sin(angle), y: radius * Math.cos(angle) });

function outline(places) {
  let [left, right, top, bottom] = [-4, 4, -STAGE_DEPTH, 2];
  for (const { x, y } of places) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const half = Math.min(20, Math.max(3, (right - left) / 4));
  return {
    stage: { left: -half, right: half, top: -STAGE_DEPTH, bottom: -0.4 },
    bounds: { left: left - EDGE, right: right + EDGE, top: top - EDGE / 3, bottom: bottom + EDGE },
  };
}

/** Finds the place at a point, without looking at every seat of a large hall. */
export function createFinder(places) {
  const cells = new Map();
  const key = (x, y) => `${Math.round(x)} ${Math.round(y)}`;
  for (const place of places) {
    const cell = cells.get(key(place.x, place.y));
    if (cell === undefined) cells.set(key(place.x, place.y), [place]);
    else cell.push(place);
  }
  return (x, y) => {
    let best = null;
    let least = 0.55 ** 2;
    for (let dx = -1; dx <= 1; dx += 1)
      for (let dy = -1; dy <= 1; dy += 1)
        for (const place of cells.get(key(x + dx, y + dy)) ?? []) {
          const away = (place.x - x) ** 2 + (place.y - y) ** 2;
          if (away < least) [best, least] = [place, away];
        }
    return best;
  };
}
