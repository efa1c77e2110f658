/** Whatever a client sends as its credentials is a value: no operator gets into a filter. */
import { after, before, describe, it } from "node:test";
import { PASSWORD, type Session, signUp } from "./accounts.ts";
import { assertProblem } from "./checks.ts";
import { type Service, startService } from "./service.ts";

const OPERATORS = [{ $gt: "" }, { $ne: null }, { $where: "sleep(1000)" }, [{ $gt: "" }]];

describe("operators of the query language", () => {
  let service: Service;
  let session: Session;

  before(async () => {
    service = await startService();
    session = await signUp(service);
  });
  after(() => service.close());

  for (const value of OPERATORS) {
    it(`are no credentials: ${JSON.stringify(value)}`, async () => {
      for (const [path, body] of [
        ["login", { email: value, password: PASSWORD }],
        ["login", { email: session.email, password: value }],
        ["refresh", { refresh_token: value }],
      ] as const) {
        const response = await service.request.post(`/api/v1/auth/${path}`).send(body);
        assertProblem(response, 422, "invalid_request");
      }
    });
  }
});
