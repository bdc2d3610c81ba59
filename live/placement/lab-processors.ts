// The placement of one lab in action: what its daemon does about processors before a load, while it plays and after it.
// With a shared placement, nothing.
import type { LoadSurroundings } from '../lab/load-process.ts';
import type { ProcessIdentity } from '../processes.ts';
import { ownProcessors, pinProcess, readHostMeans } from './host-means.ts';
import { asksForProcessors, choosePlacement, type Placement } from './placement.ts';
import { PreferredServers } from './preferred-servers.ts';
import { WarmProcessors } from './warm-processors.ts';
import type { Estate } from '../../twin/estate/estate.ts';

/**
 * Chooses the placement of an estate here and binds this process, and so all that it will start, to the processors that are
 * not the servers'.
 */
export async function placeHere(estate: Estate): Promise<Placement> {
  if (!asksForProcessors(estate)) return { kind: 'shared', why: 'no class computes' };
  const chosen = choosePlacement(estate, await readHostMeans());
  if (chosen.kind === 'shared' || (await pinProcess(process.pid, chosen.others))) return chosen;
  return { kind: 'shared', why: 'unknown: the system refuses to bind processes to processors' };
}

/**
 * Keeps this process off the servers' processors while it plays, steers or measures; the function returned lets it go
 * back to where it ran before.
 */
export async function standAside(placement: Placement): Promise<() => Promise<void>> {
  if (placement.kind === 'shared') return () => Promise.resolve();
  const before = ownProcessors();
  await pinProcess(process.pid, placement.others);
  return async () => {
    await pinProcess(process.pid, before);
  };
}

/** The servers' first processes, and what must be told of every process that is started for them. */
interface Attendance {
  readonly serverPids: () => readonly number[];
  readonly onStarted: (identity: ProcessIdentity) => void;
}

/** What is done about processors around each load of a lab. */
export function processorsDuringLoad(
  placement: Placement,
  { serverPids, onStarted }: Attendance,
): LoadSurroundings {
  if (placement.kind === 'shared') return undisturbed;
  const warmth = new WarmProcessors(placement.warm ? placement.servers : [], onStarted);
  const preference = new PreferredServers(placement.preferred ? serverPids : () => []);
  return {
    prepare: () => warmth.start(),
    settle: () => preference.start(),
    restore: () => {
      warmth.stop();
      preference.stop();
    },
  };
}

const nothing = (): void => undefined;
const undisturbed: LoadSurroundings = { prepare: nothing, settle: nothing, restore: nothing };
