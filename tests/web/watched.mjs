// The screens of watching, keeping and administration, for the pictures: name, path, fixtures, view, what to wait for.
import { admins } from "./fixtures/admins.mjs";
import { signedIn } from "./fixtures/front.mjs";
import { homes } from "./fixtures/homes.mjs";
import { keeps } from "./fixtures/keeps.mjs";
import { packFixtures } from "./fixtures/packs.mjs";
import { stories } from "./fixtures/stories.mjs";

const all = { ...signedIn, ...homes, ...stories, ...packFixtures, ...keeps, ...admins };
const has = (selector) => (page) => page.locator(selector).first().waitFor();

export const watchedScreens = [
  ["home", "/", all, "easy", has("main ol li")],
  ["alerts", "/alerts", all, "easy", has("main li a")],
  ["alerts-expert", "/alerts", all, "expert", has("main tbody a")],
  ["alert", "/alerts/31", all, "easy", has("main ol li")],
  ["packs", "/packs", all, "easy", has("main [role=switch]")],
  ["rules", "/packs?part=rules", all, "expert", has("main tbody a")],
  ["rule", "/packs/rules/ours-1", all, "expert", has("main textarea")],
  ["keep", "/keep", all, "easy", has("main dl")],
  ["admin-users", "/admin/users", all, "easy", has("main tbody")],
  ["admin-settings", "/admin/settings", all, "easy", has("main section input")],
  ["admin-company", "/admin/company", all, "easy", has("main textarea")],
  ["admin-log", "/admin/log", all, "easy", has("main tbody")],
];
