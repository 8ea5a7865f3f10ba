/** The parser of TOML, in a module that can be loaded when there is TOML. */
export { parse } from "@std/toml";
