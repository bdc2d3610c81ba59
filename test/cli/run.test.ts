// Command lines inside this process: which printout and exit code each gives, and that no command line crashes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import type { Printout } from '../../cli/document.ts';
import { exitCodes } from '../../cli/exit.ts';
import { runCommandLine } from '../../cli/run.ts';
import type { Terminal } from '../../cli/terminal.ts';

const silent: Terminal = {
  status: () => {},
  step: () => {},
  warn: () => {},
  confirm: () => Promise.resolve(true),
  close: () => {},
};

function run(...tokens: readonly string[]): Promise<Printout> {
  return runCommandLine(tokens, {
    signal: new AbortController().signal,
    style: { columns: 100, colour: false },
    version: () => '1.2.3',
    openTerminal: () => Promise.resolve(silent),
  });
}

describe('help', () => {
  it('lists every command with its summary', async () => {
    const { stdout, exitCode } = await run('--help');
    expect(exitCode).toBe(exitCodes.done);
    for (const { name, summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
    }
  });

  it.each(commands.map(({ name }) => [name]))(
    'of %s is the same by both ways to ask',
    async (name) => {
      const asked = await run(name, '--help');
      expect(asked.exitCode).toBe(exitCodes.done);
      expect(asked.stdout).toContain(`Usage: premortem ${name}`);
      expect(await run('help', name)).toEqual(asked);
    },
  );

  it('of a verb names its words, its options and the common flags', async () => {
    const { stdout } = await run('lab', 'up', '--help');
    for (const part of ['[estate]', '--binaries <directory>', '--json', '--state <directory>']) {
      expect(stdout).toContain(part);
    }
  });

  it('is made of examples and usages that name their own command', () => {
    for (const { name, usage, examples } of commands) {
      for (const line of usage) expect(line.split(' ')[0]).toBe(name);
      for (const line of examples) expect(line.startsWith(`premortem ${name}`)).toBe(true);
      expect(examples.length).toBeGreaterThan(0);
    }
  });

  it('goes to stderr with exit code 2 when no command was given', async () => {
    const { stdout, stderr, exitCode } = await run();
    expect([stdout, exitCode]).toEqual(['', exitCodes.input]);
    expect(stderr).toContain('Commands:');
  });
});

describe('a wrong command line', () => {
  it.each([
    [['estat'], 'premortem: unknown command "estat"; did you mean estate?\n'],
    [
      ['estate', 'chek'],
      'premortem: unknown verb of premortem estate "chek"; did you mean check?\n',
    ],
    [['estate'], 'premortem: premortem estate needs a verb; choose one of check, show\n'],
    [['--jsn', 'estate'], 'premortem: unknown option "--jsn"; did you mean --json?\n'],
    [
      ['estate', 'show', 'lab', '--sead=1'],
      'premortem: unknown option "--sead=1"; did you mean --seed or --state?\n',
    ],
    [
      ['estate', 'show'],
      'premortem: missing required argument "file"; see `premortem estate show --help`\n',
    ],
    [
      ['scenarios', 'x'],
      'premortem: too many arguments. Expected 0 arguments but got 1: x; see `premortem scenarios --help`\n',
    ],
    [
      ['validate', 'x.json', '--effort', '0'],
      'premortem: --effort cannot be "0"; give a number from 0.001 to 100\n',
    ],
  ])('%j is told with the nearest names and exit code 2', async (tokens, message) => {
    const { stdout, stderr, exitCode } = await run(...tokens);
    expect([stdout, stderr, exitCode]).toEqual(['', message, exitCodes.input]);
  });

  it('never crashes and under --json prints exactly one document', async () => {
    const token = fc.oneof(
      fc.constantFrom(
        'estate',
        'check',
        'show',
        'lab',
        'scenarios',
        'promote-eu',
        'help',
        '--help',
      ),
      fc.constantFrom(
        '--json',
        '--seed',
        '--seed=2',
        '--out',
        '--state',
        '--',
        '-',
        '',
        '--no',
        '-x',
      ),
      fc.string({ maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 6 }), async (tokens) => {
        const { stdout, exitCode } = await run('--json', ...tokens);
        expect([exitCodes.done, exitCodes.input], JSON.stringify(tokens)).toContain(exitCode);
        const isHelp = tokens.some(
          (word) => word === '--help' || word === 'help' || word === '--version',
        );
        if (!isHelp) expect(JSON.parse(stdout)).toHaveProperty('schema');
      }),
      { numRuns: 300 },
    );
  });
});

describe('common flags', () => {
  it.each([
    [['--json', 'estate', 'show', 'lab']],
    [['estate', '--json', 'show', 'lab']],
    [['estate', 'show', '--json', 'lab']],
    [['--seed', '7', 'estate', '--state=x', 'show', 'lab', '--json']],
  ])('stand anywhere: %j', async (tokens) => {
    const { stdout, exitCode } = await run(...tokens);
    expect(exitCode).toBe(exitCodes.done);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'premortem/estate/v1', name: 'lab' });
  });
});

describe('estate and scenarios', () => {
  it('show an estate as people write it', async () => {
    const { stdout } = await run('estate', 'show', 'lab');
    for (const part of [
      /us-east-1 – eu-west-1 +34ms/,
      /acme +us-east-1 +30%/,
      /small +2 +4GiB +200 +\$0.29\/h/,
    ]) {
      expect(stdout).toMatch(part);
    }
  });

  it('check every file before telling the first mistake', async () => {
    const { stderr, exitCode } = await run('estate', 'check', 'no.yaml', 'lab', 'labb');
    expect(exitCode).toBe(exitCodes.input);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'no.yaml: there is no such file',
      expect.stringMatching(/^premortem: no estate is called "labb"; did you mean lab\?/),
    ]);
  });

  it('list the library with what each scenario does', async () => {
    const { stdout } = await run('scenarios', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'premortem/library/v1',
      scenarios: [
        { name: 'lab/promote-eu', estate: 'lab', actions: [expect.stringContaining('promote')] },
        { name: 'lab/primary-crash', kind: 'drill', actions: [expect.stringContaining('crash')] },
        { name: 'lab/slow-standby', kind: 'drill', actions: [expect.stringContaining('limit')] },
        { name: 'lab/rebuild-standby', actions: [expect.stringContaining('rebuild')] },
        { name: 'lab/copy-tenant', actions: [expect.stringContaining('copy tenant acme')] },
      ],
      estates: expect.arrayContaining([expect.objectContaining({ name: 'lab' })]),
    });
  });
});

describe('a replay', () => {
  it('tells what became of one request, and is the same execution each time', async () => {
    const words = ['replay', 'lab/promote-eu', '--explain', 'request:10', '--seed', '7'];
    const { stdout, exitCode } = await run(...words);
    expect(exitCode).toBe(exitCodes.done);
    expect(stdout).toContain('request 10, a ');
    for (const part of ['due', 'its client asks for it', 'done', 'its answer is there']) {
      expect(stdout).toContain(part);
    }
    const { stdout: json } = await run(...words, '--json');
    const whole = JSON.parse(json) as { fingerprint: string; entries: unknown[] };
    const { stdout: other } = await run(
      ...words.slice(0, 2),
      '--seed',
      '7',
      '--json',
      '--until',
      '1ms',
    );
    const cut = JSON.parse(other) as { fingerprint: string; entries: unknown[] };
    expect(cut).toMatchObject({ fingerprint: whole.fingerprint, entries: [] });
    expect(whole.entries.length).toBeGreaterThan(4);
  });
});
