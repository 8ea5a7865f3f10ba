/** The rule "type-fields": which fields a type has; of a union, every variant. */
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { matcher } from "../globs.ts";
import { common, filesOf, quoted, type RuleContext, strings } from "./_rule.ts";
import type { Variant } from "./_shape.ts";
import { fieldsOf, findType } from "./_types.ts";

/** Settings of the rule "type-fields". */
export const typeFieldsCheck = z.strictObject({
  rule: z.literal("type-fields"),
  ...common,
  /** Name of the interface or type alias, declared in a file of the scope. */
  type: z.string().min(1),
  /** Globs of the only fields it may have. */
  allow: strings.optional(),
  /** Globs of fields it may not have. */
  deny: strings.optional(),
  /** Fields it must have. */
  require: strings.optional(),
  /** Another type, with none of whose fields it may have a field in common. */
  apart_from: z.strictObject({
    /** Name of the type. */
    type: z.string().min(1),
    /** Globs of the files where it is declared. */
    in: strings,
    /** Fields that both may have. */
    except: strings.optional(),
  }).optional(),
}).refine(
  (check) =>
    check.allow !== undefined || check.deny !== undefined ||
    check.require !== undefined || check.apart_from !== undefined,
  { message: "Needs allow, deny, require or apart_from" },
);

/** A check by the rule "type-fields". */
export type TypeFieldsCheck = z.infer<typeof typeFieldsCheck>;

/** Checks the fields of a type. */
export async function checkTypeFields(
  check: TypeFieldsCheck,
  context: RuleContext,
): Promise<Findings> {
  const declaration = await findType(check.type, context.files, context);
  if (declaration === undefined) {
    const message =
      `No interface or type "${check.type}" is declared in the scope`;
    return { broken: [{ ...context.here, message }], uses: [] };
  }
  const { module, nodes } = declaration;
  const [node] = nodes;
  const place = {
    path: module.path,
    line: node === undefined ? null : module.line(node.start),
  };
  const shape = await fieldsOf(declaration, context);
  const other = await fieldsApart(check, context);
  const hidden = [...shape.hidden, ...other.hidden];
  const broken: Evidence[] = hidden.map((part) => ({
    ...place,
    message: `Cannot see the fields of "${part}" in "${check.type}"`,
  }));
  const uses: Evidence[] = [];
  for (const variant of shape.variants) {
    const found = checkVariant(check, variant, place, other.fields);
    broken.push(...found.broken);
    uses.push(...found.uses);
  }
  return { broken, uses };
}

function checkVariant(
  check: TypeFieldsCheck,
  variant: Variant,
  place: { readonly path: string; readonly line: number | null },
  apart: ReadonlySet<string>,
): Findings {
  const allowed = matcher(check.allow ?? ["**"]);
  const denied = matcher(check.deny ?? []);
  const wanted = new Set(check.require ?? []);
  const broken: Evidence[] = [];
  const uses: Evidence[] = [];
  for (const [field, { path, line }] of variant.fields) {
    const found = `"${variant.name}" has the field "${field}"`;
    if (denied(field)) {
      const message = `${found}; it may not have ${quoted(check.deny ?? [])}`;
      broken.push({ path, line, message });
    } else if (apart.has(field)) {
      const message = `${found}, which belongs to "${check.apart_from?.type}"`;
      broken.push({ path, line, message });
    } else if (!allowed(field)) {
      const message = `${found}; it may only have ${quoted(check.allow ?? [])}`;
      broken.push({ path, line, message });
    } else if (check.allow !== undefined || wanted.has(field)) {
      uses.push({ path, line, message: found });
    }
  }
  for (const field of wanted) {
    if (variant.fields.has(field)) continue;
    const message = `"${variant.name}" lacks the field "${field}"`;
    const [first] = variant.fields.values();
    broken.push(
      first === undefined
        ? { ...place, message }
        : { path: first.path, line: first.line, message },
    );
  }
  return { broken, uses };
}

/** The fields of the type that it must have nothing in common with. */
async function fieldsApart(
  check: TypeFieldsCheck,
  context: RuleContext,
): Promise<{
  readonly fields: ReadonlySet<string>;
  readonly hidden: readonly string[];
}> {
  if (check.apart_from === undefined) return { fields: new Set(), hidden: [] };
  const { type, in: globs, except = [] } = check.apart_from;
  const files = filesOf(context, globs);
  const declaration = await findType(type, files, context);
  if (declaration === undefined) return { fields: new Set(), hidden: [type] };
  const { variants, hidden } = await fieldsOf(declaration, context);
  const fields = variants.flatMap((variant) => [...variant.fields.keys()])
    .filter((field) => !except.includes(field));
  return { fields: new Set(fields), hidden };
}
