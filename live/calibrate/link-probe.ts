// What a round trip over a delayed link takes beyond twice its delay: timers wake late, and every wake-up of a process in
// between costs a little. Asked with the smallest of statements over a client's route, with and without a short delay
// that is far below any that predictions are made for; the difference is the link's own.
import pg from 'pg';
import { assert, UserError } from '../../engine/failure.ts';
import type { LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';

const probeDelayMs = 2;

export interface LinkProbe {
  readonly lab: LabInfo;
  readonly control: LabControl;
  /** The node that is asked, from another region. */
  readonly node: string;
  readonly repetitions: number;
  readonly roundTrips: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Excess over twice the delay of single round trips in milliseconds, by repetition; none when the estate has one region.
 * Links are left at zero delay.
 */
export async function probeLink(probe: LinkProbe): Promise<readonly (readonly number[])[]> {
  const { lab, control, node } = probe;
  const home = lab.nodes.find(({ id }) => id === node)?.region;
  const route = lab.routes.find(
    ({ from, to, kind }) => kind === 'client' && to === node && from !== home,
  );
  if (route === undefined) return [];
  const { name: database, user } = lab.database;
  const client = new pg.Client({ host: route.host, port: route.port, database, user });
  client.on('error', () => undefined);
  const setDelay = async (delayMs: number): Promise<void> => {
    const { links } = await control.status();
    await control.setLinks(links.map(({ between }) => ({ between, delayMs })));
  };
  await client.connect();
  try {
    const repetitions: (readonly number[])[] = [];
    for (let repetition = 0; repetition < probe.repetitions; repetition++) {
      await setDelay(0);
      const plainMs = medianOf(await askRepeatedly(client, probe));
      await setDelay(probeDelayMs);
      const delayedMs = await askRepeatedly(client, probe);
      repetitions.push(delayedMs.map((one) => Math.max(0, one - plainMs - 2 * probeDelayMs)));
    }
    return repetitions;
  } catch (cause) {
    if (cause instanceof UserError || probe.signal?.aborted === true) throw cause;
    throw new UserError('environment', {
      message: `the link to ${node} could not be measured: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'look at `premortem lab status`, or start the lab anew',
    });
  } finally {
    await setDelay(0);
    await client.end();
  }
}

async function askRepeatedly(
  client: pg.Client,
  { roundTrips, signal }: LinkProbe,
): Promise<number[]> {
  const durationsMs: number[] = [];
  for (let trip = 0; trip < roundTrips; trip++) {
    signal?.throwIfAborted();
    const startMs = performance.now();
    await client.query('select 1');
    durationsMs.push(performance.now() - startMs);
  }
  return durationsMs;
}

function medianOf(values: readonly number[]): number {
  assert(values.length > 0, 'something was measured');
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
