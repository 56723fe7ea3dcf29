/** What a value in the configuration may be. The validation and the JSON Schema are both made from it. */
export type Shape =
  | {
      readonly type: 'string';
      readonly description?: string;
      readonly oneOf?: readonly string[];
      readonly pattern?: RegExp;
      readonly expected?: string;
    }
  | { readonly type: 'integer'; readonly description?: string; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean'; readonly description?: string }
  /** A string, number or boolean that is used as text. */
  | { readonly type: 'scalar'; readonly description?: string }
  | { readonly type: 'any'; readonly description?: string }
  | { readonly type: 'list'; readonly description?: string; readonly of: Shape }
  | { readonly type: 'map'; readonly description?: string; readonly of: Shape }
  | ObjectShape
  /** `expected` is said when the value is of none of their types. */
  | { readonly type: 'either'; readonly description?: string; readonly of: readonly Shape[]; readonly expected: string };

export interface ObjectShape {
  readonly type: 'object';
  readonly description?: string;
  readonly keys: Readonly<Record<string, Shape>>;
  /** Exactly one of these must be there. */
  readonly exactlyOne?: readonly string[];
}

/** `text`, or a list of them. */
export function oneOrMore(of: Shape, expected: string, description?: string): Shape {
  return { type: 'either', of: [of, { type: 'list', of }], expected, ...(description === undefined ? {} : { description }) };
}
