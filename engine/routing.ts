// Which of several stations a customer goes to. A policy is a function that gives an index; `lengthOf` tells how many customers
// a station has, at the moment of the choice.
import { assert } from './failure.ts';
import type { RandomStream } from './random.ts';

/** Gives the index of the station for the next customer. */
type Route = () => number;

/** Any of them, all alike. */
export function randomRoute(stations: number, stream: RandomStream): Route {
  assert(Number.isInteger(stations) && stations > 0, `${stations} stations to choose from`);
  return () => Math.floor(stream() * stations);
}

/** One after the other. */
export function roundRobin(stations: number): Route {
  assert(Number.isInteger(stations) && stations > 0, `${stations} stations to choose from`);
  let next = 0;
  return () => {
    const chosen = next;
    next = (next + 1) % stations;
    return chosen;
  };
}

/** The one with the fewest customers; of several such, any. */
export function leastLoaded(
  stations: number,
  lengthOf: (station: number) => number,
  stream: RandomStream,
): Route {
  return powerOfChoices(stations, stations, lengthOf, stream);
}

/** The least loaded of `choices` different ones that chance picks (Mitzenmacher 2001). */
export function powerOfChoices(
  stations: number,
  choices: number,
  lengthOf: (station: number) => number,
  stream: RandomStream,
): Route {
  assert(Number.isInteger(stations) && stations > 0, `${stations} stations to choose from`);
  assert(
    Number.isInteger(choices) && choices > 0 && choices <= stations,
    `${choices} choices among ${stations} stations`,
  );
  const order = Int32Array.from({ length: stations }, (_, station) => station);
  return () => {
    let [best, bestLength] = [-1, Infinity];
    for (let pick = 0; pick < choices; pick++) {
      // The beginning of a shuffle: who was picked is not picked again, and ties fall to whom chance names first.
      const at = pick + Math.floor(stream() * (stations - pick));
      const station = order[at] as number;
      order[at] = order[pick] as number;
      order[pick] = station;
      const length = lengthOf(station);
      if (length < bestLength) [best, bestLength] = [station, length];
    }
    return best;
  };
}
