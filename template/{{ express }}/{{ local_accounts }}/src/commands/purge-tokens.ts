/** Removes expired refresh tokens; run it once a day. */
import { withAccounts } from "./with-accounts.ts";

await withAccounts(
  async (accounts) => `${await accounts.purgeTokens()} expired refresh tokens removed.`,
);
