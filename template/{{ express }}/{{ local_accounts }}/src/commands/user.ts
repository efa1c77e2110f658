/** Manages accounts: `user create|role|disable|enable|password EMAIL`. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import type { Accounts } from "../auth/accounts.ts";
import { EmailTaken } from "../auth/problems.ts";
import { Registration } from "../auth/schemas.ts";
import { ROLES, type Role } from "../auth/subject.ts";
import { explain } from "../validation.ts";
import { withAccounts } from "./with-accounts.ts";

const USAGE = `Usage:
  user create EMAIL [--role user|admin]   make an account
  user role EMAIL user|admin              change the role, from the next access token on
  user disable EMAIL                      keep somebody from signing in, end all refresh tokens
  user enable EMAIL                       let somebody sign in again
  user password EMAIL                     set a new password, end all refresh tokens
A password is asked for, or read from standard input.`;

/** A reason to stop that is worth one sentence. */
class Refusal extends Error {}

type Task = (accounts: Accounts) => Promise<string>;

function taskOf(args: string[]): Task | undefined {
  const { values, positionals } = parseArgs({
    args,
    options: { role: { type: "string" } },
    allowPositionals: true,
  });
  const [name, email, roleName, ...more] = positionals;
  const role = ROLES.find((known) => known === (roleName ?? values.role));
  if (!email || more.length > 0 || (roleName !== undefined && name !== "role")) return undefined;
  if (values.role !== undefined && (!role || name !== "create")) return undefined;
  switch (name) {
    case "create":
      return (accounts) => create(accounts, email, role ?? "user");
    case "password":
      return (accounts) => setPassword(accounts, email);
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

async function create(accounts: Accounts, email: string, role: Role): Promise<string> {
  const account = await credentials(email);
  await accounts.register(account.email, account.password, role);
  return `${account.email} can sign in, role ${role}.`;
}

async function setPassword(accounts: Accounts, email: string): Promise<string> {
  const account = await credentials(email);
  return done(email, accounts.setPassword(account.email, account.password));
}

async function done(email: string, found: Promise<boolean>): Promise<string> {
  if (!(await found)) throw new Refusal(`${email} has no account.`);
  return `${email.toLowerCase()}: done.`;
}

async function credentials(email: string): Promise<{ email: string; password: string }> {
  const given = { email, password: await readPassword() };
  const result = Registration.safeParse(given, { error: explain });
  if (result.success) return result.data;
  throw new Refusal(
    result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"),
  );
}

/** Returns the password; never from an argument, which every process list shows. */
async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    for await (const line of createInterface({ input: process.stdin })) return line;
    return "";
  }
  const password = await ask("Password: ");
  if ((await ask("Again: ")) !== password) throw new Refusal("The two passwords differ.");
  return password;
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  // The terminal is put into raw mode, and what is typed is written to nowhere.
  const output = new Writable({ write: (_chunk, _encoding, callback) => callback() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  terminal.on("SIGINT", () => process.exit(130));
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

function usage(): never {
  console.error(USAGE);
  process.exit(2);
}

function parsed(): Task {
  try {
    return taskOf(process.argv.slice(2)) ?? usage();
  } catch {
    return usage();
  }
}

const task = parsed();
try {
  console.log(await withAccounts(task));
} catch (error) {
  const taken = error instanceof EmailTaken && "This address has an account already.";
  if (!taken && !(error instanceof Refusal)) throw error;
  console.error(taken || (error as Error).message);
  process.exitCode = 1;
}
