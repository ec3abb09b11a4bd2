/**
 * A length per place, and the next place whose length suffices, without looking at those between: a tree in which each
 * node has the greatest length below it.
 */
export class LengthIndex {
  private constructor(
    private readonly width: number,
    private readonly nodes: Uint32Array,
  ) {}

  /** Lengths of 0. */
  static of(places: number): LengthIndex {
    let width = 1;
    while (width < places) width *= 2;
    return new LengthIndex(width, new Uint32Array(2 * width));
  }

  /** An independent copy. */
  copy(): LengthIndex {
    return new LengthIndex(this.width, this.nodes.slice());
  }

  get(place: number): number {
    return this.nodes[this.width + place] ?? 0;
  }

  set(place: number, length: number): void {
    let node = this.width + place;
    this.nodes[node] = length;
    while (node > 1) {
      node >>= 1;
      const greatest = Math.max(this.nodes[2 * node] ?? 0, this.nodes[2 * node + 1] ?? 0);
      if (this.nodes[node] === greatest) return;
      this.nodes[node] = greatest;
    }
  }

  /** The first place from `from` up to, without, `to` that has at least this length (1 or more); -1 when none has. */
  next(from: number, to: number, length: number): number {
    if (from >= to) return -1;
    let node = this.width + from;
    while ((this.nodes[node] ?? 0) < length) {
      // A right child's subtree was the last of its parent's: go on beside the first ancestor that is a left child.
      while (node & 1) node >>= 1;
      if (node === 0) return -1;
      node += 1;
    }
    while (node < this.width) {
      node *= 2;
      if ((this.nodes[node] ?? 0) < length) node += 1;
    }
    const place = node - this.width;
    return place < to ? place : -1;
  }
}
