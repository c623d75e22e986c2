import { fare } from "@team/fares";
import { notice } from "@team/notice";

console.log(`from Holm to Vannes: ${fare("Holm", "Vannes")} (${notice})`);
