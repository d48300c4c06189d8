import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { problemView } from './problem.js';
import { noBody, type Answer, type Route } from './route.js';

type Json = Record<string, unknown>;

/** One operation as the document has it. */
export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: Json[];
  parameters: { name: string; in: string; required: boolean; description?: string; schema: Json }[];
  requestBody?: { required: boolean; content: Json };
  responses: Record<string, { description: string; content?: Json }>;
}

/** The parts of an OpenAPI 3.1 document that we write. */
export interface OpenApiDocument extends Json {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Json; securitySchemes: Json };
}

/** The document of a route table. What a route checks and what the document says are the same schemas. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const schemas: Json = {};
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Atelier',
      version: '1',
      description:
        'Missions become tested code, behind a human gate. Errors are application/problem+json (RFC 9457) with ' +
        'a stable `code`. Fields and parameters that are not named here are refused.',
    },
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API token, from POST /api/v1/login.' },
      },
    },
  };
}

function operation(route: Route, schemas: Json): Operation {
  const content = bodyOf(route, schemas);
  const role = route.access === 'public' ? 'For everybody.' : `Needs the role \`${route.access}\`.`;
  return {
    operationId: route.operationId ?? operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, role].filter(Boolean).join('\n\n'),
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    parameters: [
      ...parameters('path', toSchema(route.params, 'input', schemas)),
      ...parameters('query', toSchema(route.query, 'input', schemas)),
      ...(route.headers ?? []).map(({ name, description }) => ({
        name,
        in: 'header',
        required: false,
        description,
        schema: { type: 'string' },
      })),
    ],
    ...(content && {
      requestBody: { required: !route.body.safeParse(undefined).success, content },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, response(answer, schemas)]),
      ),
      default: {
        description: 'Anything else: what is wrong, and what helps.',
        content: { 'application/problem+json': { schema: toSchema(problemView, 'output', schemas) } },
      },
    },
  };
}

/** The kinds of body that a route takes, or undefined when it reads none. */
function bodyOf(route: Route, schemas: Json): Json | undefined {
  if (route.upload) return Object.fromEntries(route.upload.mediaTypes.map((mediaType) => [mediaType, {}]));
  if (route.body === noBody) return undefined;
  return { 'application/json': { schema: toSchema(route.body, 'input', schemas) } };
}

function response(answer: Answer, schemas: Json): { description: string; content?: Json } {
  const { description, schema, mediaType } = answer;
  if (!schema && mediaType === undefined) return { description };
  const content = { schema: schema ? toSchema(schema, 'output', schemas) : {} };
  const mediaTypes = [mediaType ?? 'application/json'].flat();
  return { description, content: Object.fromEntries(mediaTypes.map((one) => [one, content])) };
}

function parameters(where: 'path' | 'query', schema: Json): Operation['parameters'] {
  const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
  return Object.entries((schema['properties'] ?? {}) as Record<string, Json>).map(([name, property]) => {
    const { description, ...rest } = property;
    return {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(typeof description === 'string' && { description }),
      schema: rest,
    };
  });
}

/** The JSON Schema of a zod schema. Named schemas go to `components` and are referred to. */
function toSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const {
    $schema: _dialect,
    $defs,
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // The format says it; the pattern beside it is a page long.
      if (jsonSchema.format === 'date-time' || jsonSchema.format === 'email') delete jsonSchema.pattern;
    },
  });
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = pointed(definition);
  return pointed(rest) as Json;
}

/** The same schema with its references pointing into the document. */
function pointed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(pointed);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'id')
      .map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string'
          ? value.replace('#/$defs/', '#/components/schemas/')
          : pointed(value),
      ]),
  );
}

/** Such as `postSessionsCancel`: the method and the fixed parts of the path. */
function operationId(route: Route): string {
  const words = route.path.split('/').filter((part) => part !== '' && part !== 'api' && part !== 'v1');
  const name = words.map((word) => (word.startsWith(':') ? 'One' : capital(word.replace(/\W/g, ''))));
  return route.method + name.join('');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The standard phrase of a status, for people. */
export const phraseOf = (status: string): string => STATUS_CODES[status] ?? 'Problem';
