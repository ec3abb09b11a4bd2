/** A sleep that can be ended from outside; what comes while nobody sleeps ends the next one. */
export class Nap {
  #wake: ((withinMs: number) => void) | null = null;
  #endsWithinMs: number | null = null;

  async sleep(milliseconds: number): Promise<void> {
    const atMostMs = Math.min(milliseconds, this.#endsWithinMs ?? Infinity);
    this.#endsWithinMs = null;
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, atMostMs);
      this.#wake = (withinMs) => {
        clearTimeout(timer);
        timer = setTimeout(resolve, withinMs);
      };
    });
    this.#wake = null;
  }

  /** @param withinMs ends it so soon: where many are to be woken, at a random moment of a short span */
  end(withinMs = 0): void {
    if (this.#wake === null) this.#endsWithinMs = withinMs;
    else this.#wake(withinMs);
  }
}
