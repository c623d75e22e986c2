import { fare } from "@team/fares";

console.log(`Ticket office ${process.env.VERSION} (@lab-nonce@)`);
console.log(`from Holm to Vannes: ${fare("Holm", "Vannes")}`);
