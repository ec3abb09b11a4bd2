const CLOSEST_PX = 56;
const WIDEST_FIT_PX = 36;

/**
 * What part of the hall is looked at, and how large: a point of the hall lies on the screen at `scale * point + offset`.
 * The hall never leaves the box.
 * @param bounds of the hall, in widths of a seat @param onMove called after every change
 */
export function createCamera(bounds, onMove) {
  const [width, height] = [bounds.right - bounds.left, bounds.bottom - bounds.top];
  const camera = { scale: 1, x: 0, y: 0, width: 0, height: 0, isFit: true };
  const fitScale = () => Math.min(camera.width / width, camera.height / height, WIDEST_FIT_PX);

  /** Along one axis: in the middle where there is room to spare, else no further than the edge. */
  function within(offset, from, to, room) {
    const [low, high] = [room - to * camera.scale, -from * camera.scale];
    return low >= high ? (low + high) / 2 : Math.min(high, Math.max(low, offset));
  }

  function set(scale, x, y) {
    camera.scale = Math.min(Math.max(scale, fitScale()), Math.max(CLOSEST_PX, fitScale()));
    camera.isFit = camera.scale <= fitScale() * 1.001;
    camera.x = within(x, bounds.left, bounds.right, camera.width);
    camera.y = within(y, bounds.top, bounds.bottom, camera.height);
    onMove();
  }

  return Object.assign(camera, {
    fit: () => set(0, 0, 0),
    panBy: (dx, dy) => set(camera.scale, camera.x + dx, camera.y + dy),
    /** What lies under this point of the screen stays there. */
    zoomAt(px, py, factor) {
      const { scale } = camera;
      const next = Math.min(Math.max(scale * factor, fitScale()), Math.max(CLOSEST_PX, fitScale()));
      set(next, px - ((px - camera.x) / scale) * next, py - ((py - camera.y) / scale) * next);
    },
    zoom: (factor) => camera.zoomAt(camera.width / 2, camera.height / 2, factor),
    /** Brings a point of the hall into sight, with some of what is around it. @param least the scale that it needs */
    reveal({ x, y }, least = 0) {
      const scale = Math.max(camera.scale, least);
      const margin = Math.min(2 * scale, camera.width / 3, camera.height / 3);
      const [px, py] = [x * scale + camera.x, y * scale + camera.y];
      const isInside =
        scale === camera.scale &&
        px >= margin &&
        py >= margin &&
        px <= camera.width - margin &&
        py <= camera.height - margin;
      if (!isInside) set(scale, camera.width / 2 - x * scale, camera.height / 2 - y * scale);
    },
    resize(boxWidth, boxHeight) {
      const centre = { x: (camera.width / 2 - camera.x) / camera.scale, y: (camera.height / 2 - camera.y) / camera.scale }; // prettier-ignore
      const wasFit = camera.isFit;
      Object.assign(camera, { width: boxWidth, height: boxHeight });
      if (wasFit) camera.fit();
      else set(camera.scale, boxWidth / 2 - centre.x * camera.scale, boxHeight / 2 - centre.y * camera.scale);
    },
    /** From the screen to the hall. */
    at: (px, py) => ({ x: (px - camera.x) / camera.scale, y: (py - camera.y) / camera.scale }),
  });
}
