// Who may sign in a state directory: names with their public keys, registered on the ledger. The private keys are the
// users' own, one per name on a machine, and serve any number of state directories.
import { join } from 'node:path';
import { UserError, nearestNames } from '../../engine/failure.ts';
import type { Identity } from '../../twin/change/register.ts';
import { loadKey, obtainKey, type SigningKey } from '../identity.ts';
import type { Ledger } from './ledger.ts';

/** An identity together with its private key. */
export interface Signer {
  readonly name: string;
  readonly key: SigningKey;
}

export class Identities {
  readonly #ledger: Ledger;
  readonly #directory: string;

  constructor(ledger: Ledger, configDirectory: string) {
    this.#ledger = ledger;
    this.#directory = join(configDirectory, 'identities');
  }

  /** Every registered identity, in the order of registration. */
  async list(): Promise<readonly Identity[]> {
    return [...(await this.#ledger.register()).identities.values()];
  }

  /** Registers `name` with its key, which is made when there is none. The same name and key again is a no-op. */
  async create(name: string): Promise<Identity> {
    checkIdentityName(name);
    const { publicKey, fingerprint } = obtainKey(this.#file(name));
    await this.#ledger.append(({ identities }) =>
      identities.get(name)?.fingerprint === fingerprint
        ? null
        : {
            event: {
              type: 'premortem.identity.registered',
              subject: `identity/${name}`,
              data: { publicKey, fingerprint },
            },
            actor: name,
          },
    );
    const registered = (await this.#ledger.register()).identities.get(name);
    if (registered === undefined) throw unknownIdentity(name, []);
    return registered;
  }

  /** The registered identity with its private key, to sign with. */
  async signer(name: string): Promise<Signer> {
    const { identities } = await this.#ledger.register();
    const registered = identities.get(name);
    if (registered === undefined) throw unknownIdentity(name, [...identities.keys()]);
    const key = loadKey(this.#file(name));
    if (key.fingerprint !== registered.fingerprint)
      throw new UserError('refused', {
        message: `the private key of "${name}" on this machine is not the registered one`,
        place: { file: this.#file(name) },
      });
    return { name, key };
  }

  #file(name: string): string {
    return join(this.#directory, `${name}.key`);
  }
}

/** UserError `input` for a text that cannot be a name; asked before a state directory is made for it. */
export function checkIdentityName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) return;
  throw new UserError('input', {
    message: `"${name}" cannot be the name of an identity`,
    remedy: 'use lower-case letters, digits, dot, hyphen and underscore',
  });
}

function unknownIdentity(name: string, known: readonly string[]): UserError {
  const near = nearestNames(name, known);
  return new UserError('missing', {
    message: `there is no identity "${name}" here`,
    remedy:
      near.length > 0
        ? `did you mean ${near.join(', ')}?`
        : `make it with \`premortem identity new ${name}\``,
  });
}
