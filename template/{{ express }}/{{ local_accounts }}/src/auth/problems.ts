/** The errors of signing up and signing in. */
import { Problem } from "../problems.ts";

export class EmailTaken extends Problem {
  constructor() {
    super(409, "email_taken", "The e-mail address belongs to another account.");
  }
}

export class InvalidCredentials extends Problem {
  constructor() {
    super(401, "invalid_credentials", "The e-mail address or the password is wrong.", {
      headers: { "WWW-Authenticate": "Bearer" },
    });
  }
}
