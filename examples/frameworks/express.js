import express from "express";

import { answer } from "./adapter.js";

const app = express();

// Before any `app.use(express.urlencoded())`.
app.post("/contact", (request, response) => answer(request, response, request.ip));

app.listen(process.env.PORT ?? 8080);
