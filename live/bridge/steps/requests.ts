// Steps on the way of requests: hold them, let those in flight end, send them elsewhere, let them go. The map's truth is in
// the store and is written first; the router's copy follows. All of it may be repeated.
import type { DriversOf } from '../step-driver.ts';
import { nothingToUndo, remainingMs } from '../step-driver.ts';
import type { Evidence } from '../../../twin/change/events.ts';
import type { RouterState } from '../router-control.ts';

type RequestEffects = 'hold-requests' | 'drain-requests' | 'switch-map' | 'release-requests';

export const requestSteps: DriversOf<RequestEffects> = {
  'hold-requests': {
    perform: async ({ shard }, { router }) => describe(await router.hold(shard)),
    undo: async ({ shard }, { router }) => describe(await router.release(shard)),
  },
  'drain-requests': {
    perform: async (_effect, context) =>
      describe(await context.router.drained(remainingMs(context))),
    undo: nothingToUndo,
  },
  'switch-map': {
    async perform({ shard, primary, epoch }, { router, shardMap }) {
      await shardMap.switch(shard, primary, epoch);
      const state = await router.switchMap(shard, primary, epoch);
      return { ...describe(state), primary, epoch };
    },
    undo: nothingToUndo,
  },
  'release-requests': {
    perform: async ({ shard }, { router }) => describe(await router.release(shard)),
    undo: nothingToUndo,
  },
};

function describe(state: RouterState | null): Evidence {
  if (state === null) return { router: 'the load has ended' };
  const { inFlight, queued } = state;
  return { router: state.held ? 'held' : 'open', inFlight, queued };
}
