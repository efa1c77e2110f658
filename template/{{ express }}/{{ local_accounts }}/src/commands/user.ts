/** Manages accounts: `user create|role|disable|enable|password EMAIL`. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Refusal } from "../refusal.ts";
import { parseTask, USAGE } from "./user-task.ts";
import { withAccounts } from "./with-accounts.ts";

const task = parseTask(process.argv.slice(2));
if (!task) {
  console.error(USAGE);
  process.exit(2);
}
await withAccounts((accounts) => task(accounts, readPassword));

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
  // What is typed is echoed to nowhere.
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
