/** Removes expired refresh tokens; run it once a day. */
import { withAccounts } from "./with-accounts.ts";

const count = await withAccounts((accounts) => accounts.purgeTokens());
console.log(`${count} expired refresh tokens removed.`);
