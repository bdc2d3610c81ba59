// `premortem identity new|list`: the people who author and approve plans. A private key stays in its owner's own
// configuration directory; the state directory learns the public one.
import { checkIdentityName } from '../../live/store/identities.ts';
import { openState } from '../../live/store/state.ts';
import { textTable } from '../../reports/table.ts';
import type { Identity } from '../../twin/change/register.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: 'new',
    summary: 'register a name with an Ed25519 key, which is made when there is none yet',
    words: [{ form: '<name>', meaning: 'lower-case letters, digits, dot, hyphen and underscore' }],
    options: [],
    run: create,
  },
  { name: 'list', summary: 'list the registered identities', words: [], options: [], run: list },
];

async function create({ session, words: [name = ''] }: Call): Promise<Result> {
  checkIdentityName(name);
  const identity = await withState(await openState(session.stateDirectory), (state) =>
    state.identities.create(name),
  );
  return {
    document: { schema: 'premortem/identity/v1', ...identity },
    text: `identity ${identity.name} is registered; key ${identity.fingerprint}\n`,
    exitCode: exitCodes.done,
  };
}

async function list({ session }: Call): Promise<Result> {
  const state = await openState(session.stateDirectory, { mustExist: true });
  const identities = await withState(state, () => state.identities.list());
  const columns = ['name', 'since', 'key'].map((title) => ({ title, align: 'left' as const }));
  const rows = identities.map(({ name, since, fingerprint }: Identity) => [
    name,
    since,
    fingerprint,
  ]);
  const table = `${textTable({ columns, rows }, session.style)}\n`;
  return {
    document: { schema: 'premortem/identities/v1', identities },
    text:
      rows.length === 0 ? 'no identity is registered here; see `premortem identity new`\n' : table,
    exitCode: exitCodes.done,
  };
}
