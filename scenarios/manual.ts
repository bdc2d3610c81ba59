// The reference of everything that has a name here, made of the registries and schemas themselves, so that it cannot
// tell anything else than what holds: actions and faults with their fields, metrics, claims, parameters, gates.
import { z } from 'zod';
import { actionInputSchema, type Action } from '../twin/actions/action.ts';
import { actionKinds } from '../twin/actions/index.ts';
import { faultInputSchema, type Fault } from '../twin/faults/fault.ts';
import { faultKinds } from '../twin/faults/index.ts';
import { gates, type Gate } from '../twin/gates.ts';
import { exactClaims, metricKinds } from '../twin/metrics.ts';
import { parameterKinds, parameterPaths } from '../twin/parameters.ts';

/** A key of an action or a fault in a scenario file. */
interface Field {
  readonly name: string;
  readonly meaning: string;
  /** Where only these may be written. */
  readonly oneOf: readonly string[];
  /** What holds when it is left out; null: it must be there. */
  readonly otherwise: string | null;
}

interface Deed {
  readonly kind: string;
  readonly summary: string;
  readonly fields: readonly Field[];
}

export interface Manual {
  readonly schema: 'premortem/reference/v1';
  readonly actions: readonly (Deed & { readonly dataLoss: string })[];
  readonly faults: readonly Deed[];
  readonly metrics: readonly {
    readonly name: string;
    readonly unit: string;
    readonly stats: readonly string[];
    readonly meaning: string;
  }[];
  readonly claims: readonly { readonly name: string; readonly meaning: string }[];
  readonly parameters: readonly {
    readonly path: string;
    readonly unit: string;
    readonly defaultValue: number;
    readonly meaning: string;
    readonly source: string;
  }[];
  readonly gates: readonly Gate[];
}

/** Everything there is, each list in the order of its registry. */
export function manual(): Manual {
  const ofAction = fieldsByKind(actionInputSchema);
  const ofFault = fieldsByKind(faultInputSchema);
  return {
    schema: 'premortem/reference/v1',
    actions: (Object.keys(actionKinds) as Action['kind'][]).map((kind) => {
      const { summary, dataLoss } = actionKinds[kind];
      return { kind, summary, dataLoss, fields: ofAction.get(kind) ?? [] };
    }),
    faults: (Object.keys(faultKinds) as Fault['kind'][]).map((kind) => ({
      kind,
      summary: faultKinds[kind].summary,
      fields: ofFault.get(kind) ?? [],
    })),
    metrics: Object.entries(metricKinds).map(([name, one]) => ({ name, ...one })),
    claims: Object.entries(exactClaims).map(([name, meaning]) => ({ name, meaning })),
    parameters: parameterPaths.map((path) => {
      const { unit, defaultValue, meaning, source } = parameterKinds[path];
      return { path, unit, defaultValue, meaning, source };
    }),
    gates,
  };
}

const fieldForm = z.object({
  const: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  description: z.string().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

/** The JSON Schema of a union of objects that a key `kind` tells apart. */
const unionForm = z
  .object({
    oneOf: z.array(z.object({ properties: z.record(z.string(), fieldForm) })).optional(),
    anyOf: z.array(z.object({ properties: z.record(z.string(), fieldForm) })).optional(),
  })
  .transform(({ oneOf, anyOf }) => oneOf ?? anyOf ?? []);

function fieldsByKind(schema: z.ZodType): ReadonlyMap<string, readonly Field[]> {
  const forms = unionForm.parse(z.toJSONSchema(schema, { io: 'input' }));
  return new Map(
    forms.map(({ properties: { kind, ...rest } }) => [String(kind?.const), fieldsOf(rest)]),
  );
}

function fieldsOf(properties: Readonly<Record<string, z.infer<typeof fieldForm>>>): Field[] {
  return Object.entries(properties).map(([name, form]) => ({
    name,
    meaning: form.description ?? '',
    oneOf: form.enum ?? [],
    otherwise: form.default === undefined ? null : String(form.default),
  }));
}
