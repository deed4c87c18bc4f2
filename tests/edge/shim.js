// Stands for the code that worker-build makes around the worker's module: its instance, and its entry point.
import { WorkerEntrypoint } from "cloudflare:workers";
import * as glue from "./form_worker_bg.js";
import module from "./form_worker_bg.wasm";

const { exports } = new WebAssembly.Instance(module, { "./form_worker_bg.js": glue });
glue.__wbg_set_wasm(exports);
exports.__wbindgen_start();

export default class extends WorkerEntrypoint {
  fetch(request) {
    return glue.fetch(request, this.env, this.ctx);
  }
}
