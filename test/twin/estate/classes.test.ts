// The kinds of requests that a fleet's classes may have: how each declares its size, and what is said about mistakes.
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { sizeDimensions, type OperationClass } from '../../../twin/estate/estate.ts';
import { resolveEstate } from '../../../twin/estate/resolve.ts';
import { drawTrace } from '../../../twin/demand.ts';
import { formatQuantity } from '../../../twin/units.ts';
import { edited, labEstateText } from '../../scenarios/library.ts';

const jobLine = 'job: { kind: job, rate: 40/s, size: { exponential: 20ms } }';

function classesWith(line: string): ReturnType<typeof resolveEstate> {
  return resolveEstate(parse(edited(labEstateText, [jobLine, line])));
}

function resolved(line: string): OperationClass {
  const reading = classesWith(line);
  if (reading.kind !== 'read') throw new Error(JSON.stringify(reading.findings));
  const found = reading.value.fleets[0]?.classes[1];
  if (found === undefined) throw new Error('two classes');
  return found;
}

function mistakesOf(line: string): string[] {
  const reading = classesWith(line);
  if (reading.kind === 'read') return [];
  return reading.findings.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a class that computes', () => {
  it('declares rows, constant or by a law', () => {
    expect(resolved('job: { kind: compute, rate: 40/s, size: 20000 rows }')).toEqual({
      id: 'job',
      kind: 'compute',
      ratePerSec: 40,
      size: { kind: 'constant', value: 20_000 },
    });
    expect(
      resolved('job: { kind: compute, rate: 4/s, size: { exponential: 500 rows } }').size,
    ).toEqual({ kind: 'exponential', mean: 500 });
  });

  it('cannot do parts of rows, nor none, nor milliseconds', () => {
    for (const size of ['2.5 rows', '0 rows', '20ms', '20000']) {
      expect(mistakesOf(`job: { kind: compute, rate: 4/s, size: ${size} }`)).toEqual([
        `fleets.checkout.classes.job.size: ${size === '20000' ? size : `"${size}"`} is not allowed here`,
      ]);
    }
  });
});

describe('a class that reads', () => {
  it('reads one row and has no other size', () => {
    expect(resolved('job: { kind: read, rate: 100/s }')).toEqual({
      id: 'job',
      kind: 'read',
      ratePerSec: 100,
      size: { kind: 'constant', value: 1 },
    });
    expect(mistakesOf('job: { kind: read, rate: 100/s, size: 3 rows }')[0]).toContain('size');
  });
});

describe('sizes in a trace', () => {
  it('are whole rows, at least one, whatever the law', () => {
    const fleet = {
      ...baseFleet(),
      classes: [
        resolved('job: { kind: compute, rate: 90/s, size: { exponential: 2 rows } }'),
        { ...resolved('job: { kind: read, rate: 90/s }'), id: 'read' },
      ],
    };
    const trace = drawTrace(fleet, {
      seed: '1',
      replication: 0,
      horizonMs: 10_000,
      factors: new Map(),
    });
    expect(trace.size.every((rows) => Number.isInteger(rows) && rows >= 1)).toBe(true);
    const reads = trace.size.filter((_, request) => trace.classOf[request] === 1);
    expect(new Set(reads)).toEqual(new Set([1]));
  });

  it('are written in what their kind counts', () => {
    expect(formatQuantity(sizeDimensions.compute, 20_000)).toBe('20000 rows');
    expect(formatQuantity(sizeDimensions.job, 20)).toBe('20ms');
    expect(formatQuantity(sizeDimensions.write, 300)).toBe('300B');
  });
});

function baseFleet() {
  const reading = resolveEstate(parse(labEstateText));
  if (reading.kind !== 'read') throw new Error('the library’s estate is sound');
  const [fleet] = reading.value.fleets;
  if (fleet === undefined) throw new Error('one fleet');
  return fleet;
}
