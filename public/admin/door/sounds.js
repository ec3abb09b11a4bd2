/** Frequencies in hertz, each for so many seconds: a yes goes up, a no stays low. */
const TONES = {
  yes: { type: 'sine', notes: [660, 990], seconds: 0.12 },
  no: { type: 'square', notes: [150, 110], seconds: 0.28 },
};
const VOLUME = 0.25;

/** Sounds made here: nothing is loaded, and a browser without them stays silent. */
export function createSounds() {
  let context = null;
  return {
    /** Browsers let a page sound only once somebody has touched it. */
    wake() {
      if (typeof AudioContext === 'undefined') return;
      context ??= new AudioContext();
      context.resume().catch(() => undefined); // Not touched enough yet.
    },
    play(name) {
      if (context === null || context.state !== 'running') return;
      const { type, notes, seconds } = TONES[name];
      for (const [index, frequency] of notes.entries()) {
        const from = context.currentTime + index * seconds;
        const tone = new OscillatorNode(context, { type, frequency });
        const volume = new GainNode(context, { gain: VOLUME });
        tone.connect(volume).connect(context.destination);
        tone.start(from);
        tone.stop(from + seconds);
      }
    },
    close: () => context?.close().catch(() => undefined), // Closed already.
  };
}
