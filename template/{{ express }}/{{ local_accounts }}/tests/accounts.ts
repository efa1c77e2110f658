/** Signed-in users. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Service } from "./service.ts";

export const PASSWORD = "correct horse battery";

export interface Session {
  id: string;
  email: string;
  headers: { Authorization: string };
  refreshToken: string;
}

export function freshEmail(): string {
  return `user-${randomUUID()}@example.test`;
}

/** Returns a new user, signed in. */
export async function signUp(service: Service): Promise<Session> {
  const email = freshEmail();
  const registered = await service.request
    .post("/api/v1/auth/register")
    .send({ email, password: PASSWORD });
  assert.equal(registered.status, 201, registered.text);
  return signIn(service, email);
}

/** Returns a session of an existing user. */
export async function signIn(
  service: Service,
  email: string,
  password = PASSWORD,
): Promise<Session> {
  const answer = await service.request.post("/api/v1/auth/login").send({ email, password });
  assert.equal(answer.status, 200, answer.text);
  const headers = { Authorization: `Bearer ${answer.body.access_token}` };
  const me = await service.request.get("/api/v1/users/me").set(headers);
  return { id: me.body.id, email, headers, refreshToken: answer.body.refresh_token };
}

/** Exchanges a refresh token. */
export function refresh(service: Service, token: string) {
  return service.request.post("/api/v1/auth/refresh").send({ refresh_token: token });
}
