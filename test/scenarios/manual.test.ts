// The reference: complete, because it is made of the registries, and readable, because every key has a meaning.
import { describe, expect, it } from 'vitest';
import { renderReport, reportFormats } from '../../reports/index.ts';
import { manual } from '../../scenarios/manual.ts';
import { actionKinds } from '../../twin/actions/index.ts';
import { faultKinds } from '../../twin/faults/index.ts';
import { parameterPaths } from '../../twin/parameters.ts';

const document = manual();

describe('the reference', () => {
  it('has every action and every fault, each key with its meaning', () => {
    expect(document.actions.map(({ kind }) => kind)).toEqual(Object.keys(actionKinds));
    expect(document.faults.map(({ kind }) => kind)).toEqual(Object.keys(faultKinds));
    for (const { kind, fields } of [...document.actions, ...document.faults]) {
      expect(fields.length, kind).toBeGreaterThan(0);
      for (const field of fields) expect(field.meaning, `${kind} ${field.name}`).not.toBe('');
    }
  });

  it('says what may be written, and what holds otherwise', () => {
    const fieldOf = (kind: string, name: string): unknown =>
      [...document.actions, ...document.faults]
        .find((deed) => deed.kind === kind)
        ?.fields.find((field) => field.name === name);
    expect(fieldOf('rebuild', 'rate')).toMatchObject({ otherwise: '20MB/s' });
    expect(fieldOf('crash', 'manner')).toMatchObject({
      oneOf: ['reset', 'silent'],
      otherwise: null,
    });
  });

  it('has every parameter with its default, and prints in every format', async () => {
    expect(document.parameters.map(({ path }) => path)).toEqual(parameterPaths);
    for (const format of reportFormats) {
      const text = await renderReport('premortem/reference/v1', document, format);
      // A page breaks no name at its hyphens, and so writes them in pieces.
      const whole = parameterPaths.filter((path) => format !== 'html' || !path.includes('-'));
      for (const path of whole) expect(text).toContain(path);
    }
  });
});
