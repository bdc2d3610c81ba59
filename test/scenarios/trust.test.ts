// What a prediction makes of promises on latency and of the record of earlier predictions.
import { describe, expect, it } from 'vitest';
import { playsOf } from '../../scenarios/plays.ts';
import type { Prediction } from '../../twin/prediction.ts';
import type { RecordSummary } from '../../twin/record/record.ts';
import { summariseRecord } from '../../twin/record/summary.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { sampleCases } from '../fixtures/record.ts';
import { nothingDone, predict, promoteWest } from '../fixtures/scenario.ts';

const good = summariseRecord(sampleCases({ cases: 60, narrow: 0.5, biasAtHighLoad: 0 }));
const bad = summariseRecord(sampleCases({ cases: 60, narrow: 3, biasAtHighLoad: 0.5 }));
const calibration = makeCalibration();

async function predictBy(record: RecordSummary | null): Promise<Prediction> {
  return (await predict({ calibration, record })).prediction;
}

function distrustOf({ risk }: Prediction): number {
  return risk.components.find(({ name }) => name === 'model-distrust')?.value ?? Number.NaN;
}

describe('a prediction', () => {
  it('is trusted by the record of its own kind, which it names by digest', async () => {
    const [unknown, trusted, distrusted] = await Promise.all([null, good, bad].map(predictBy));
    if (unknown === undefined || trusted === undefined || distrusted === undefined)
      throw new Error('three predictions');
    expect(unknown.record).toBeNull();
    expect(trusted.record).toMatchObject({
      digest: good.digest,
      plays: [{ play: 'promote', cases: 12 }],
    });
    expect(distrustOf(trusted)).toBeLessThan(distrustOf(distrusted));
    expect(distrustOf(trusted)).toBeLessThan(distrustOf(unknown));
    expect(trusted.risk.score).toBeLessThan(unknown.risk.score);
  });

  it('changes in nothing but trust when a record is given', async () => {
    const [without, by] = await Promise.all([predictBy(null), predictBy(good)]);
    const { digest, id, risk, record, timings, ...rest } = by;
    expect({ digest: without.digest === digest, id: without.id === id }).toEqual({
      digest: false,
      id: false,
    });
    expect([record?.digest, timings]).toEqual([good.digest, without.timings]);
    expect(without).toMatchObject(rest);
    const others = ({ components }: Prediction['risk']): unknown =>
      components.filter(({ name }) => name !== 'model-distrust');
    expect(others(risk)).toEqual(others(without.risk));
  });

  it('has the chance to break each promise, per client region, in the state that follows', async () => {
    const slos = [
      { class: 'job', stat: 'p50', limitMs: 0.001 } as const,
      { class: 'commit', stat: 'p99', limitMs: 1e6 } as const,
    ];
    const estate = makeEstate({ fleet: { slos } });
    const { prediction } = await predict({ estate, calibration });
    expect(prediction.slos.map(({ phase, probability }) => [phase, probability])).toEqual([
      ['after', 1],
      ['after', 1],
      ['after', 1],
      ['after', 0],
      ['after', 0],
      ['after', 0],
    ]);
    expect(prediction.slos[0]?.metric).toBe('latency_ms.p50{class=job,region=east}');
    const steady = (await predict({ estate, calibration, scenario: nothingDone })).prediction;
    expect(new Set(steady.slos.map(({ phase }) => phase))).toEqual(new Set(['all']));
    expect((await predict({ calibration })).prediction.slos).toEqual([]);
  });
});

describe('what a scenario plays', () => {
  it('is the kinds of its actions and faults, each once', () => {
    expect(playsOf(promoteWest)).toEqual(['promote']);
    expect(playsOf(nothingDone)).toEqual([]);
    const twice = [...promoteWest.timeline, ...promoteWest.timeline];
    expect(playsOf({ timeline: twice })).toEqual(['promote']);
    const fault = {
      kind: 'fault',
      fault: { kind: 'crash', node: 's-east', manner: 'reset' },
      forMs: 1_000,
    } as const;
    expect(playsOf({ timeline: [...twice, { when: { kind: 'at', ms: 1 }, do: fault }] })).toEqual([
      'promote',
      'crash',
    ]);
  });
});
