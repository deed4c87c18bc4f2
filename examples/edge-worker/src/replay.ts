// A worker of its own, for as long as it is needed: it sends dead letters back to the queue.
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
        log("error", "a dead letter stays where it is", { messageId: id, cause: String(error) });
        message.retry();
      }
    };
    await Promise.all(messages.map(sendBack));
  },
} satisfies ExportedHandler<{ readonly QUEUE: Queue }>;
