/** A sleep that can be cut short from outside; what comes while nobody sleeps cuts the next one. */
export class Nap {
  #wake: ((withinMs: number) => void) | null = null;
  #endsWithinMs: number | null = null;

  async sleep(milliseconds: number): Promise<void> {
    const atMostMs = Math.min(milliseconds, this.#endsWithinMs ?? Infinity);
    this.#endsWithinMs = null;
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, atMostMs);
      let endsAtMs = performance.now() + atMostMs;
      this.#wake = (withinMs) => {
        const soonerMs = performance.now() + withinMs;
        if (soonerMs >= endsAtMs) return;
        endsAtMs = soonerMs;
        clearTimeout(timer);
        timer = setTimeout(resolve, withinMs);
      };
    });
    this.#wake = null;
  }

  /** @param withinMs ends it so soon: where many are to be woken, at a random moment of a short span */
  end(withinMs = 0): void {
    if (this.#wake === null) this.#endsWithinMs = Math.min(withinMs, this.#endsWithinMs ?? Infinity);
    else this.#wake(withinMs);
  }
}
