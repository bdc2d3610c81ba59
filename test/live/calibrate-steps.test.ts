// From practised steps to parameters: pure, and the same for promotions and failovers.
import { describe, expect, test } from 'vitest';
import { stepParametersOf } from '../../live/calibrate/step-parameters.ts';

describe('the steps of practised promotions', () => {
  test('become parameters by name, each promotion a repetition', () => {
    const parameters = stepParametersOf('promote', [
      [
        { step: '5-stop-node', durationMs: 60 },
        { step: '6-promote-node', durationMs: 50 },
      ],
      [
        { step: 'stop-node', durationMs: 80 },
        { step: 'promote-node', durationMs: 50 },
      ],
    ]);
    expect(Object.keys(parameters)).toEqual(['promote.stop-nodeMs', 'promote.promote-nodeMs']);
    expect(parameters['promote.stop-nodeMs']).toMatchObject({ value: 70, n: 2 });
    expect(parameters['promote.promote-nodeMs']).toMatchObject({ value: 50, repetitionCv: 0 });
  });

  test('that the model does not know are refused', () => {
    expect(() => stepParametersOf('promote', [[{ step: '1-dance', durationMs: 1 }]])).toThrow(
      '"1-dance"',
    );
  });
});

describe('the steps of practised failovers', () => {
  test('become parameters of their own, each from the crashes that tell of it', () => {
    const parameters = stepParametersOf('failover', [
      [
        { step: 'detect', durationMs: 10 },
        { step: 'follow', durationMs: 100 },
      ],
      [
        { step: 'fence', durationMs: 6 },
        { step: 'follow', durationMs: 120 },
      ],
    ]);
    expect(parameters['failover.detectMs']).toMatchObject({ value: 10, n: 1 });
    expect(parameters['failover.fenceMs']).toMatchObject({ value: 6, n: 1 });
    expect(parameters['failover.followMs']).toMatchObject({ value: 110, n: 2 });
  });
});
