const DRAG_PX = 6;

/**
 * Moves the camera by wheel, one finger, two fingers or a drag of the mouse.
 * @returns whether the press that has just ended moved something: it was no choice of a seat then
 */
export function followGestures(box, camera) {
  const fingers = new Map();
  let moved = false;

  const pointOf = ({ clientX, clientY }) => {
    const { left, top } = box.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  /** The middle of all fingers, and how far they are from it. */
  const handOf = () => {
    const all = [...fingers.values()];
    const x = all.reduce((sum, each) => sum + each.x, 0) / all.length;
    const y = all.reduce((sum, each) => sum + each.y, 0) / all.length;
    return { x, y, reach: Math.hypot(all[0].x - x, all[0].y - y) };
  };

  box.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    if (fingers.size === 0) moved = false;
    fingers.set(event.pointerId, pointOf(event));
  });
  box.addEventListener('pointermove', (event) => {
    const from = fingers.get(event.pointerId);
    if (from === undefined) return;
    const to = pointOf(event);
    if (!moved && fingers.size === 1 && Math.hypot(to.x - from.x, to.y - from.y) < DRAG_PX) return;
    if (!moved) box.setPointerCapture?.(event.pointerId);
    moved = true;
    const before = handOf();
    fingers.set(event.pointerId, to);
    const after = handOf();
    camera.panBy(after.x - before.x, after.y - before.y);
    if (fingers.size > 1 && before.reach > 0) camera.zoomAt(after.x, after.y, after.reach / before.reach);
  });
  for (const type of ['pointerup', 'pointercancel'])
    box.addEventListener(type, ({ pointerId }) => fingers.delete(pointerId));
  // The pointer may be let go outside, where this box does not hear of it.
  box.addEventListener('pointerleave', ({ pointerId, pointerType }) => {
    if (pointerType === 'mouse' && !box.hasPointerCapture?.(pointerId)) fingers.delete(pointerId);
  });
  box.addEventListener(
    'wheel',
    (event) => {
      // Out of the whole hall there is nothing: the page scrolls on.
      if (event.deltaY >= 0 && camera.isFit) return;
      event.preventDefault();
      const { x, y } = pointOf(event);
      camera.zoomAt(x, y, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)));
    },
    { passive: false },
  );
  return { wasDrag: () => moved };
}
