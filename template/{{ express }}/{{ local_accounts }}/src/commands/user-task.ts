/** What the `user` command can do. */
import { parseArgs } from "node:util";
import type { Accounts } from "../auth/accounts.ts";
import { EmailTaken } from "../auth/problems.ts";
import { Registration } from "../auth/schemas.ts";
import { ROLES, type Role } from "../auth/subject.ts";
import { Refusal } from "../refusal.ts";
import { explain } from "../validation.ts";

export const USAGE = `Usage:
  user create EMAIL [--role user|admin]   make an account
  user role EMAIL user|admin              change the role, from the next access token on
  user disable EMAIL                      keep somebody from signing in, end all refresh tokens
  user enable EMAIL                       let somebody sign in again
  user password EMAIL                     set a new password, end all refresh tokens
A password is asked for, or read from standard input.`;

/** Does what was asked for and returns what to say; throws `Refusal`. */
export type Task = (accounts: Accounts, password: () => Promise<string>) => Promise<string>;

/** Returns what the arguments ask for, or undefined when they make no sense. */
export function parseTask(args: string[]): Task | undefined {
  const given = parse(args);
  if (!given) return undefined;
  const { name, email, role } = given;
  switch (name) {
    case "create":
      return (accounts, password) => create(accounts, email, role ?? "user", password);
    case "password":
      return (accounts, password) => setPassword(accounts, email, password);
    case "role":
      return role && ((accounts) => done(email, accounts.setRole(email.toLowerCase(), role)));
    case "disable":
    case "enable":
      return (accounts) =>
        done(email, accounts.setDisabled(email.toLowerCase(), name === "disable"));
    default:
      return undefined;
  }
}

function parse(
  args: string[],
): { name: string; email: string; role?: Role | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { role: { type: "string" } },
      allowPositionals: true,
    });
    const [name = "", email = "", positional, ...more] = positionals;
    const word = name === "create" ? values.role : positional;
    const surplus = name === "create" ? positional : values.role;
    const role = ROLES.find((known) => known === word);
    const complete = email !== "" && more.length === 0 && surplus === undefined;
    return complete && role === word ? { name, email, role } : undefined;
  } catch {
    return undefined;
  }
}

async function create(
  accounts: Accounts,
  email: string,
  role: Role,
  password: () => Promise<string>,
): Promise<string> {
  const account = valid({ email, password: await password() });
  try {
    await accounts.register(account.email, account.password, role);
  } catch (error) {
    throw error instanceof EmailTaken ? new Refusal(`${email} has an account already.`) : error;
  }
  return `${account.email} can sign in, role ${role}.`;
}

async function setPassword(
  accounts: Accounts,
  email: string,
  password: () => Promise<string>,
): Promise<string> {
  const account = valid({ email, password: await password() });
  return done(email, accounts.setPassword(account.email, account.password));
}

async function done(email: string, found: Promise<boolean>): Promise<string> {
  if (!(await found)) throw new Refusal(`${email} has no account.`);
  return `${email.toLowerCase()}: done.`;
}

function valid(account: { email: string; password: string }): { email: string; password: string } {
  const result = Registration.safeParse(account, { error: explain });
  if (result.success) return result.data;
  throw new Refusal(
    result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"),
  );
}
