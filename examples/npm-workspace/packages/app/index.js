import { sum } from "@acme/core";

export const total = (prices) => `${sum(...prices)} EUR`;
