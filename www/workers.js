// Starts the page's Web Workers. They compute, so that a body of megabytes does not freeze the page.

const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: (url) => url });

export function startWorker(file) {
  const url = new URL(file, import.meta.url).href;
  return new Worker(policy?.createScriptURL(url) ?? url, { type: "module" });
}

/**
 * Returns a function that passes a job to the worker, which answers each with one message. While the worker
 * is busy, only the newest job waits, and only the answer to the newest is handed to `onAnswer`.
 */
export function newestJob(worker, onAnswer) {
  let isBusy = false;
  let waiting;
  const send = (job) => {
    isBusy = true;
    waiting = undefined;
    worker.postMessage(job);
  };
  worker.addEventListener("message", ({ data }) => {
    isBusy = false;
    if (waiting) send(waiting);
    else onAnswer(data);
  });
  return (job) => {
    if (isBusy) waiting = job;
    else send(job);
  };
}
