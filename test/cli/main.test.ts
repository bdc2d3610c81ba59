// The program as a process: streams, exit codes, files, Ctrl-C. Every process is bounded and waited for.
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Desk, signalAt } from '../fixtures/program.ts';
import { edited, labEstateText, promoteText } from '../scenarios/library.ts';

const desk = new Desk(50_000);
afterAll(() => desk.remove());

const start = desk.run.bind(desk);
const write = desk.write.bind(desk);

const mm1 = JSON.stringify({
  schema: 'reference-cases/1',
  cases: [
    {
      id: 'MM1',
      family: 'queueing/mm1',
      model: { parameters: { lambda: 0.5, mu: 1 } },
      metrics: {
        mean_wait: {
          value: 1,
          tolerance: {
            kind: 'statistical',
            abs: 0.03,
            z: 4,
            run: { unit: 'customers', n: 200_000, warmup: 1000 },
          },
        },
      },
    },
  ],
});

describe('the program', () => {
  it('prints the version and exits 0', async () => {
    const { stdout, stderr, code } = await start(['--version']);
    expect([stdout, stderr, code]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\n$/), '', 0]);
  });

  it('tells every mistake of a file with file and line, exits 2 and writes nothing', async () => {
    const file = write('bad.yaml', edited(labEstateText, ['34ms', '34'], ['count: 1', 'count: 3']));
    const { stdout, stderr, code } = await start(['estate', 'check', file]);
    expect([stdout, code]).toEqual(['', 2]);
    expect(stderr.split('\n').map((line) => line.split(':')[1]?.split(' ')[0])).toEqual([
      '16',
      '41',
      undefined,
    ]);
  });

  it('suggests the file that was meant', async () => {
    write('platform.yaml', labEstateText);
    const { stderr, code } = await start(['estate', 'check', 'platfrom.yaml']);
    expect([stderr, code]).toEqual([
      'platfrom.yaml: there is no such file; did you mean platform.yaml?\n',
      2,
    ]);
  });

  it('keeps stdout to one JSON document, colourless, when something is wrong', async () => {
    const file = write('wrong.yaml', edited(labEstateText, ['34ms', '-34ms']));
    const { stdout, code } = await start(['estate', 'show', file, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'premortem/failure/v1',
      code: 'input',
      mistakes: [{ place: { file: 'wrong.yaml', line: 16, path: 'links[0].delay' } }],
    });
  });

  it('shows an estate without colour where there is no terminal', async () => {
    const { stdout, code } = await start(['estate', 'show', 'lab']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001B');
  });

  it('registers identities and lists them', async () => {
    const missing = await start(['identity', 'list', '--state', 'nowhere']);
    expect([missing.stdout, missing.code]).toEqual(['', 2]);
    expect((await start(['identity', 'new', 'ada'])).code).toBe(0);
    const { stdout } = await start(['identity', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ identities: [{ name: 'ada' }] });
  });

  it('says that no lab is up', async () => {
    const { stdout, code } = await start(['lab', 'status', '--json']);
    expect([JSON.parse(stdout), code]).toEqual([
      { schema: 'premortem/lab-status/v1', kind: 'none' },
      0,
    ]);
  });
});

describe('validate', () => {
  it('exits 0 when every case passes', async () => {
    const { stdout, code } = await start(['validate', write('mm1.json', mm1), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ counts: { passed: 1, failed: 0, unsupported: 0 } });
    expect(code).toBe(0);
  });

  it('takes folders, and leaves what is not about cases in them alone', async () => {
    write('folder/mm1.json', mm1);
    write('folder/index.json', '[]');
    write('none/index.json', '[]');
    const { stdout, code } = await start(['validate', 'folder', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ counts: { passed: 1, failed: 0, unsupported: 0 } });
    expect(code).toBe(0);
    const empty = await start(['validate', 'none']);
    expect(empty.stderr).toContain('no file of reference cases is in this folder');
    expect(empty.code).toBe(2);
  });

  it('exits 4 when a case is refuted', async () => {
    const { stdout, code } = await start([
      'validate',
      write('off.json', edited(mm1, ['"value":1', '"value":2'])),
    ]);
    expect(stdout).toContain('MM1');
    expect(code).toBe(4);
  });

  it('exits 6 when a case could not be judged', async () => {
    const file = write('odd.json', edited(mm1, ['queueing/mm1', 'queueing/odd']));
    expect((await start(['validate', file])).code).toBe(6);
  });

  it('exits 2 with the mistakes of every file', async () => {
    const { stderr, code } = await start([
      'validate',
      write('broken.json', '{'),
      write('empty.json', '{}'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^broken\.json: .*\n(empty\.json .*\n)+$/);
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'stops on %s with exit code %d, also when it comes twice at once',
    async (signal, code) => {
      const file = write('long.json', mm1);
      const long = ['validate', file, '--effort', '100', '--json'];
      const [first, echo] = [signalAt('1 case', signal), signalAt('1 case', signal)];
      const finished = await start(long, (told, child) => {
        first(told, child);
        setTimeout(() => echo(told, child), 1);
      });
      expect(finished.code).toBe(code);
      expect(JSON.parse(finished.stdout)).toMatchObject({ code: 'interrupted' });
    },
  );
});

describe('a scenario file', () => {
  it('finds its estate beside itself', async () => {
    const { openScenario } = await import('../../cli/files.ts');
    write('estate-beside.yaml', labEstateText);
    write('scenario.yaml', edited(promoteText, ['estate: lab', 'estate: estate-beside.yaml']));
    const opened = openScenario(join(desk.directory, 'scenario.yaml'));
    expect(opened.estateFile.fileName).toBe(join(desk.directory, 'estate-beside.yaml'));
    expect(opened.scenario.name).toBe('lab/promote-eu');
  });
});
