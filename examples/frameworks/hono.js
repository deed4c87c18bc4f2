import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono } from "hono";

import { contact } from "./contact.js";

const app = new Hono();

app.post("/contact", (c) => contact(c.req.raw, getConnInfo(c).remote.address));

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080) });
