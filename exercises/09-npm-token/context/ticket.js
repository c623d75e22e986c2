import { fare } from "@team/fares";

console.log(`from Holm to Vannes: ${fare("Holm", "Vannes")}`);
