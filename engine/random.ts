// Randomness with names. A stream is alea (seedrandom), seeded with a hash of (seed, replication, name): adding a
// stream never disturbs another, and neighbouring names share nothing. Where a number must depend on what it is
// for, rather than on the order of draws, `makeHashUniform` computes it from (seed, name, index) alone.
import seedrandom from 'seedrandom';

/** A uniform number in [0, 1) per call, with 32 bits. */
export type RandomStream = () => number;

/** A stream, and the way to look at its next draw without taking it. */
export interface NamedStream {
  readonly draw: RandomStream;
  peek(): number;
}

/** The stream of this name. Equal arguments give equal draws, everywhere. */
export function makeNamedStream(seed: string, replication: number, name: string): NamedStream {
  const generator = seedrandom.alea(seedText(seed, replication, name), { state: true });
  return {
    draw: generator,
    peek: () => seedrandom.alea('', { state: generator.state() })(),
  };
}

/** The draws of `makeNamedStream` alone, for code that has no simulation. */
export function makeStream(seed: string, replication: number, name: string): RandomStream {
  return makeNamedStream(seed, replication, name).draw;
}

/**
 * A uniform number in (0, 1) as a function of its arguments only: `index` is a non-negative integer below 2^53.
 * 53 bits from two keyed rounds of MurmurHash3's 32-bit finaliser per half.
 */
export function makeHashUniform(seed: string, name: string): (index: number) => number {
  const [first, second, third, fourth] = hashWords(`${seed.length}:${seed}|hash|${name}`);
  return (index) => {
    const above = (index / 0x1_0000_0000) | 0;
    const low = finalise(finalise(index ^ first ^ Math.imul(above, 0x9e3779b9)) + second);
    const high = finalise(finalise(low ^ third) + fourth + index);
    return ((high >>> 5) * 0x400_0000 + (low >>> 6) + 0.5) / 0x20_0000_0000_0000;
  };
}

/** One value of `makeHashUniform`; make the function once where speed matters. */
export function hashUniform(seed: string, name: string, index: number): number {
  return makeHashUniform(seed, name)(index);
}

/** The lengths keep ("a", "bc") and ("ab", "c") apart. */
function seedText(seed: string, replication: number, name: string): string {
  return hashWords(`${seed.length}:${seed}|${replication}|${name}`)
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
}

type Words = [number, number, number, number];

/** 128 bits of a text: four multiplicative hashes with different multipliers, finalised across each other. */
function hashWords(text: string): Words {
  let [a, b, c, d] = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x85ebca77);
    c = Math.imul(c ^ unit, 0xc2b2ae3d);
    d = Math.imul(d ^ unit, 0x27d4eb2f);
  }
  a = finalise(a ^ text.length);
  b = finalise(b ^ a);
  c = finalise(c ^ b);
  d = finalise(d ^ c);
  return [finalise(a ^ d) >>> 0, finalise(b ^ d) >>> 0, finalise(c ^ a) >>> 0, d >>> 0];
}

/** MurmurHash3's finaliser (Appleby): a bijection on 32 bits in which each input bit flips half the output. */
function finalise(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
