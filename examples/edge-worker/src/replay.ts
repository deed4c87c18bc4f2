// A worker that sends dead letters back to the queue. Deploy it only for as long as you need it.
import { log } from "./log.js";

export default {
  async queue({ messages }, { QUEUE }): Promise<void> {
    const sendBack = async (message: Message): Promise<void> => {
      const { id, body } = message;
      try {
        if (body instanceof ArrayBuffer) await QUEUE.send(new Uint8Array(body), { contentType: "bytes" });
        else await QUEUE.send(body, { contentType: typeof body === "string" ? "text" : "json" });
        message.ack();
      } catch (error) {
        log("error", "a dead letter was not sent back", { messageId: id, cause: String(error) });
        message.retry();
      }
    };
    await Promise.all(messages.map(sendBack));
  },
} satisfies ExportedHandler<{ readonly QUEUE: Queue }>;
