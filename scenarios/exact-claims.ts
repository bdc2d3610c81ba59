// What a prediction claims exactly, with the reason why it may: such claims admit no tolerance, so only what follows from the
// protocol is claimed. Where a scenario may lose writes, how many is a forecast and no claim.
import type { Estate } from '../twin/estate/estate.ts';
import { keepsEveryWrite } from '../twin/failover/candidate.ts';
import { shardOfNode } from '../twin/faults/places.ts';
import type { Measurement } from '../twin/measurement.ts';
import type { Prediction } from '../twin/prediction.ts';
import { actionsOf, faultsOf, type Scenario } from './scenario.ts';

/** Claims that hold in every rehearsal alike: the worst of each. */
export function exactClaims(
  rehearsals: readonly { readonly exact: Measurement['exact'] }[],
  scenario: Pick<Scenario, 'timeline'>,
  estate: Estate,
): Prediction['exact'] {
  const worst = (claim: string): number =>
    rehearsals.reduce((most, one) => Math.max(most, claimOf(one, claim)), 0);
  const actions = actionsOf(scenario).length;
  const crashes = faultsOf(scenario).filter(({ kind }) => kind === 'crash').length;
  const claims = [
    {
      claim: 'lost_acknowledged_writes',
      value: worst('lost_acknowledged_writes'),
      because:
        crashes > 0
          ? 'commits wait for a standby, and the one that is promoted has all that any of them waited for'
          : 'requests are held, and the old primary hands over all of its log before another node leads',
    },
    {
      claim: 'duplicate_writes',
      value: worst('duplicate_writes'),
      because:
        crashes > 0
          ? 'a request whose connection is lost is in doubt and is not sent again'
          : 'requests are held and drained before the hand-over, so none is sent twice',
    },
    {
      claim: 'promotions',
      value: worst('promotions'),
      because: `the scenario has ${[
        `${actions} action(s)`,
        ...(crashes > 0 ? [`${crashes} crash(es) of a primary`] : []),
      ].join(' and ')}`,
    },
  ];
  return mayLoseWrites(scenario, estate)
    ? claims.filter(({ claim }) => claim !== 'lost_acknowledged_writes')
    : claims;
}

/** The value of a claim in one run; 0 where it says nothing. */
export function claimOf({ exact }: Pick<Measurement, 'exact'>, claim: string): number {
  return exact.find((one) => one.claim === claim)?.value ?? 0;
}

/** Does a primary die whose commits wait for nobody? */
function mayLoseWrites(scenario: Pick<Scenario, 'timeline'>, estate: Estate): boolean {
  return faultsOf(scenario).some((fault) => {
    const shard = fault.kind === 'crash' ? shardOfNode(estate, fault.node)?.shard : undefined;
    return shard !== undefined && !keepsEveryWrite(shard);
  });
}
