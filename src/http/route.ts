import type { Response } from 'express';
import { z } from 'zod';
import type { App } from '../app.js';
import { UnauthorizedError } from '../core/errors.js';
import type { UserRole } from '../core/vocabulary.js';
import type { User } from '../db/entities/user.js';
import { checked, type Caller } from '../services/sessions.js';
import type { Upload } from './upload.js';

/** Who may call a route: everybody, or people with at least this role. There is no default: each route says it. */
export type Access = 'public' | UserRole;

/** Someone who sent a valid bearer token. */
export interface SignedIn extends Caller {
  user: User;
  tokenId: string;
  /** The token itself, so that a long stream can check it again. */
  token: string;
}

/** An answer with a JSON body, or without one. */
export interface JsonReply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** An answer that the route writes by itself. */
export interface StreamReply {
  status: number;
  headers: Record<string, string>;
  /** Writes the body and ends the response. `gone` aborts when the client leaves or the server closes. */
  send(res: Response, gone: AbortSignal): Promise<void>;
}
export type Reply = JsonReply | StreamReply;

/** What the dispatcher has taken from a request, not yet checked by the route's schemas. */
export interface RawRequest {
  app: App;
  caller: SignedIn | null;
  params: unknown;
  query: unknown;
  body: unknown;
  ip: string | undefined;
  requestId: string;
  header(name: string): string | undefined;
}

/** What a handler gets: everything checked. */
export type Checked<P, Q, B> = Omit<RawRequest, 'caller' | 'params' | 'query' | 'body'> & {
  params: P;
  query: Q;
  body: B;
};

/** One kind of answer, for the document and for the tests that hold the answers against it. */
export interface Answer {
  description: string;
  /** The schema of a JSON body; absent with `mediaType`, or when there is no body. */
  schema?: z.ZodType;
  /** For bodies other than JSON; several, where the request chooses. */
  mediaType?: string | readonly string[];
}

/** A header that a route reads. */
export interface HeaderParameter {
  name: string;
  description: string;
}

interface Description {
  /** Lower case, as Express and OpenAPI both name them. */
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `:name` for parameters. */
  path: string;
  summary: string;
  /** Where the method and the fixed parts of the path alone would give two routes one name. */
  operationId?: string;
  /** Heading in the document. */
  tag: string;
  description?: string;
  headers?: readonly HeaderParameter[];
  /** For routes that take a file: their body is its bytes. */
  upload?: Upload;
  answers: Readonly<Record<number, Answer>>;
}

interface Schemas<P, Q, B> {
  params: z.ZodType<P>;
  /** A strict object: parameters it does not name are refused. */
  query: z.ZodType<Q>;
  /** `noBody`: the route reads none. */
  body: z.ZodType<B>;
}

/** One row of the route table: it drives the router, the OpenAPI document and the tests. */
export interface Route extends Description, Schemas<unknown, unknown, unknown> {
  access: Access;
  run(request: RawRequest): Promise<Reply>;
}

/** For routes without parameters, or without a query. */
export const none = z.strictObject({});
/** For routes that read no body. */
export const noBody = z.undefined();
/** For POST routes that need no body: none, or an empty object. */
export const emptyBody = z.strictObject({}).optional();

function check<P, Q, B>(schemas: Schemas<P, Q, B>, raw: RawRequest): { params: P; query: Q; body: B } {
  return {
    params: checked(schemas.params, raw.params),
    query: checked(schemas.query, raw.query),
    body: checked(schemas.body, raw.body),
  };
}

/** A route for signed-in callers with at least the role `access`. */
export function route<P, Q, B>(
  spec: Description &
    Schemas<P, Q, B> & {
      access: UserRole;
      handle(request: Checked<P, Q, B> & { caller: SignedIn }): Promise<Reply>;
    },
): Route {
  return {
    ...spec,
    run: async (request) => {
      if (!request.caller) throw new UnauthorizedError();
      return spec.handle({ ...request, ...check(spec, request), caller: request.caller });
    },
  };
}

/** A route for everybody. */
export function publicRoute<P, Q, B>(
  spec: Description & Schemas<P, Q, B> & { handle(request: Checked<P, Q, B>): Promise<Reply> },
): Route {
  return {
    ...spec,
    access: 'public',
    run: async (request) => spec.handle({ ...request, ...check(spec, request) }),
  };
}
