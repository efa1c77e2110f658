/** The OpenAPI document: problems under their own media type, every status that can be answered. */
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from "zod-openapi";
import { DESCRIPTION, NAME, VERSION } from "./about.ts";
import { MEDIA_TYPE } from "./problems.ts";

const DESCRIPTIONS = {
  400: "The body is not valid JSON",
  401: "Not signed in, or the token is not valid",
  403: "The role does not allow this",
  404: "There is no such thing, or it is somebody else's",
  409: "It contradicts something that is there already",
  413: "The body is too large",
  415: "The body is not application/json",
  422: "The request is not valid",
  429: "Too many requests; `Retry-After` tells when to try again",
  500: "Something went wrong on our side",
  503: "The service cannot answer at the moment; `Retry-After` tells when to try again",
};

// What any operation can answer, and what one with a body can answer besides.
const ANY = [429, 500, 503] as const;
const BODY = [400, 413, 415, 422] as const;

const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    request_id: z.string(),
    code: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: "ProblemBody", description: "The body of every error." });

export interface Operation {
  id: string;
  summary: string;
  tag: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodObject;
  success: { status: 200 | 201; body: z.ZodType } | { status: 204 };
  problems: (keyof typeof DESCRIPTIONS)[];
  public?: boolean;
}

/** Returns the description of one operation; generated clients call their methods by its id. */
export function operation(described: Operation): ZodOpenApiOperationObject {
  const { params, query, body, success } = described;
  const statuses = new Set([...described.problems, ...ANY, ...(body ? BODY : [])]);
  return {
    operationId: described.id,
    summary: described.summary,
    tags: [described.tag],
    ...(!described.public && { security: [{ bearer: [] }] }),
    ...((params || query) && {
      requestParams: { ...(params && { path: params }), ...(query && { query }) },
    }),
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: body } } },
    }),
    responses: {
      [success.status]: successResponse(success),
      ...Object.fromEntries(
        [...statuses].map((status) => [String(status), problemResponse(status)]),
      ),
    },
  };
}

/** Returns the document of the service with these paths. */
export function openApiDocument(...features: ZodOpenApiPathsObject[]) {
  return createDocument({
    openapi: "3.1.1",
    info: { title: NAME, description: DESCRIPTION, version: VERSION },
    paths: Object.assign({}, ...features),
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  });
}

function successResponse(success: Operation["success"]): ZodOpenApiResponseObject {
  if (success.status === 204) return { description: "Done" };
  return {
    description: success.status === 201 ? "Created" : "OK",
    content: { "application/json": { schema: success.body } },
  };
}

function problemResponse(status: keyof typeof DESCRIPTIONS): ZodOpenApiResponseObject {
  return {
    description: DESCRIPTIONS[status],
    content: { [MEDIA_TYPE]: { schema: ProblemBody } },
  };
}
