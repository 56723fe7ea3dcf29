/** Of `seatrial run --check-isolation`: the order in which tests run. */
export const shuffleSeed = Number(process.env.SEATRIAL_SHUFFLE_SEED) || undefined;

/** Changes the order of a list in place; the same seed gives the same order. */
export function shuffle(list, seed = shuffleSeed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
}
