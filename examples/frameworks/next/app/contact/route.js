import { contact } from "../../contact.js";

export const POST = (request) => contact(request);
