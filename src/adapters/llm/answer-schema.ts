/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SIMPLE = new Set<unknown>(['string', 'number', 'integer', 'boolean', 'null']);
const NULL = { type: 'null' };

/**
 * The bones of a schema: types, properties, items, words to choose from and descriptions. Bounds and patterns are left
 * out: providers refuse some of them and answer slowly, or not at all, over others, and whoever reads the answer
 * checks them anyhow. Objects are closed.
 * @returns undefined for what not every provider could be held to: references, open objects, anything goes
 */
export function structureOf(schema: unknown): JsonSchema | undefined {
  if (!isRecord(schema)) return undefined;
  const about = typeof schema['description'] === 'string' ? { description: schema['description'] } : {};
  const variants = variantsOf(schema);
  if (variants) {
    const anyOf = variants.map((variant) => structureOf(variant));
    return anyOf.includes(undefined) ? undefined : { ...about, anyOf };
  }
  const { type } = schema;
  if (type === 'string') {
    const words = 'const' in schema ? [schema['const']] : schema['enum'];
    const strings = Array.isArray(words) ? words.filter((word) => typeof word === 'string') : [];
    return { ...about, type, ...(strings.length > 0 && { enum: strings }) };
  }
  if (SIMPLE.has(type)) return { ...about, type };
  if (type === 'array') {
    const items = structureOf(schema['items']);
    return items && { ...about, type, items };
  }
  const { properties, additionalProperties = false } = schema;
  if (type !== 'object' || !isRecord(properties) || additionalProperties !== false) return undefined;
  const inner: Record<string, JsonSchema> = {};
  for (const [name, property] of Object.entries(properties)) {
    const structure = structureOf(property);
    if (structure === undefined) return undefined;
    inner[name] = structure;
  }
  const required = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : [];
  return { ...about, type, properties: inner, required, additionalProperties: false };
}

/** The schemas of which a value may fit any, where there are several. */
function variantsOf(schema: JsonSchema): unknown[] | undefined {
  const { type, description: _said, ...rest } = schema;
  if (Array.isArray(type)) return type.map((one: unknown) => ({ ...rest, type: one }));
  const variants = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(variants) ? variants : undefined;
}

/** Applies a change to every object in a structure, from the inside out. */
function mapObjects(structure: JsonSchema, change: (object: JsonSchema) => JsonSchema): JsonSchema {
  const inside = (part: unknown): unknown => (isRecord(part) ? mapObjects(part, change) : part);
  const { anyOf, items, properties } = structure;
  return change({
    ...structure,
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(inside) }),
    ...(items !== undefined && { items: inside(items) }),
    ...(isRecord(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, inside(part)])),
    }),
  });
}

/**
 * A structure as OpenAI's strict mode wants it: every property is required, and one that may be missing may be null.
 * @param structure one made by `structureOf`
 */
export function strictForm(structure: JsonSchema): JsonSchema {
  return mapObjects(structure, (part) => {
    const { properties, required } = part;
    if (!isRecord(properties)) return part;
    const needed = new Set(Array.isArray(required) ? (required as unknown[]) : []);
    const inner = Object.entries(properties).map(([name, property]) => [
      name,
      needed.has(name) ? property : { anyOf: [property, NULL] },
    ]);
    return { ...part, properties: Object.fromEntries(inner), required: Object.keys(properties) };
  });
}

/**
 * A structure in the dialect of OpenAPI that Gemini reads: no closed objects, `nullable` in place of a type for null,
 * and an order in which the properties are written.
 * @param structure one made by `structureOf`
 */
export function openApiForm(structure: JsonSchema): JsonSchema {
  return mapObjects(structure, ({ additionalProperties: _closed, ...part }) => {
    const { anyOf, properties } = part;
    if (isRecord(properties)) return { ...part, propertyOrdering: Object.keys(properties) };
    if (!Array.isArray(anyOf)) return part;
    const { anyOf: _all, ...about } = part;
    const some = (anyOf as JsonSchema[]).filter(({ type }) => type !== 'null');
    const nullable = some.length < anyOf.length && { nullable: true };
    return some.length === 1 ? { ...about, ...some[0], ...nullable } : { ...about, anyOf: some, ...nullable };
  });
}

/**
 * An answer without the nulls that stand for properties left out, as strict modes make models write them. A null
 * that the schema itself allows stays.
 */
export function withoutNulls(value: unknown, schema: unknown): unknown {
  if (!isRecord(schema)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item, schema['items']));
  const { properties, required } = schema;
  if (!isRecord(value) || !isRecord(properties)) return value;
  const needed = new Set(Array.isArray(required) ? (required as unknown[]) : []);
  const kept = Object.entries(value).filter(
    ([name, part]) =>
      part !== null || !(name in properties) || needed.has(name) || allowsNull(properties[name]),
  );
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutNulls(part, properties[name])]));
}

function allowsNull(schema: unknown): boolean {
  if (!isRecord(schema)) return true;
  const variants = variantsOf(schema);
  if (variants) return variants.some(allowsNull);
  return schema['type'] === 'null' || schema['type'] === undefined;
}
