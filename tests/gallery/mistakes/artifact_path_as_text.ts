// An artifact with one path instead of a list.
import { artifact } from "@pikaci/pikaci";

export const x = artifact({
  id: "x",
  // expect TS2322 at paths: Type 'string' is not assignable to type 'readonly string[]'.
  paths: "dist/**",
});
