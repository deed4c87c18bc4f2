// Sets up targets of the edge worker on moto, and reads back what arrives at them.
import { KEYS, REGION } from "./aws.js";
import { ACCOUNT, startGate } from "./moto.js";

const ENDPOINTS = { sqs: "SQS", sns: "SNS", events: "EVENTBRIDGE", states: "SFN" };

export const arn = (service, resource) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

let names = 0;
const newName = () => `formevent-${++names}`;

/** Makes an SQS queue. */
export async function queue(moto, fifo = false) {
  const name = newName() + (fifo ? ".fifo" : "");
  const { QueueUrl } = await moto.call("sqs", "CreateQueue", { QueueName: name, Attributes: fifo ? { FifoQueue: "true" } : {} });
  const known = new Set();
  return {
    arn: arn("sqs", name),
    /** Takes all messages: the text, and the members beside it. */
    async receive() {
      const body = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200, AttributeNames: ["All"] };
      const taken = [];
      for (;;) {
        const { Messages = [] } = await moto.call("sqs", "ReceiveMessage", body);
        if (!Messages.length) break;
        taken.push(...Messages);
        // The longer the queue, the slower is moto.
        const Entries = Messages.map(({ ReceiptHandle }, id) => ({ Id: `${id}`, ReceiptHandle }));
        await moto.call("sqs", "DeleteMessageBatch", { QueueUrl, Entries });
      }
      return (
        taken
          .map(({ Body, Attributes: { MessageGroupId: group, MessageDeduplicationId: id } }) => ({
            text: Body,
            beside: { ...(group && { group }), ...(id && { id }) },
          }))
          // Moto forgets the deduplication ids of messages that it deletes. AWS knows them for five minutes.
          .filter(({ beside: { id } }) => !id || (!known.has(id) && known.add(id)))
      );
    },
  };
}

/** Makes an SNS topic to which a queue is subscribed. */
export async function topic(moto, fifo = false) {
  const name = newName() + (fifo ? ".fifo" : "");
  const own = await queue(moto, fifo);
  await moto.sns("CreateTopic", { Name: name, ...(fifo && attribute("FifoTopic")) });
  const TopicArn = arn("sns", name);
  await moto.sns("Subscribe", { TopicArn, Protocol: "sqs", Endpoint: own.arn, ...attribute("RawMessageDelivery") });
  return { ...own, arn: TopicArn };
}

const attribute = (name) => ({ "Attributes.entry.1.key": name, "Attributes.entry.1.value": "true" });

/** Makes an EventBridge bus with a rule that sends every event to a queue. */
async function bus(moto) {
  const name = newName();
  const own = await queue(moto);
  await moto.call("events", "CreateEventBus", { Name: name });
  const rule = { Name: newName(), EventBusName: name };
  await moto.call("events", "PutRule", { ...rule, EventPattern: JSON.stringify({ account: [ACCOUNT] }) });
  await moto.call("events", "PutTargets", { Rule: rule.Name, EventBusName: name, Targets: [{ Id: "1", Arn: own.arn }] });
  return {
    ...own,
    arn: arn("events", `event-bus/${name}`),
    async receive() {
      return (await own.receive()).map(({ text }) => {
        const { detail, source, "detail-type": type } = JSON.parse(text);
        return { text: JSON.stringify(detail), beside: { source, type } };
      });
    },
  };
}

/** Makes a Step Functions state machine. Its executions do nothing. */
async function machine(moto) {
  const name = newName();
  const definition = JSON.stringify({ StartAt: "a", States: { a: { Type: "Pass", End: true } } });
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/formevent`;
  const { stateMachineArn } = await moto.call("states", "CreateStateMachine", { name, definition, roleArn });
  const known = new Set();
  return {
    arn: stateMachineArn,
    async receive() {
      const executions = [];
      for (let nextToken; ; ) {
        const page = await moto.call("states", "ListExecutions", { stateMachineArn, nextToken });
        const more = page.executions.filter(({ executionArn }) => !known.has(executionArn) && known.add(executionArn));
        executions.push(...more);
        nextToken = page.nextToken;
        // They begin with the latest.
        if (!more.length || !nextToken) break;
      }
      const messages = [];
      for (const { executionArn } of executions) {
        const { name, input } = await moto.call("states", "DescribeExecution", { executionArn });
        messages.push({ text: input, beside: { name } });
      }
      return messages;
    },
  };
}

/** By the names that `cargo xtask demo` and `cargo xtask soak` have for them. */
export const TARGETS = {
  sqs: { title: "an SQS queue", service: "sqs", make: queue },
  "sqs-fifo": { title: "a FIFO queue of SQS", service: "sqs", make: (moto) => queue(moto, true) },
  sns: { title: "an SNS topic", service: "sns", make: topic },
  eventbridge: { title: "an EventBridge event bus", service: "events", make: bus },
  "step-functions": { title: "a Step Functions state machine", service: "states", make: machine },
};

/** The settings of a worker that sends calls of these gates' services through them. */
export const endpoints = (...gates) => Object.fromEntries(gates.map(({ service, url }) => [`AWS_ENDPOINT_URL_${ENDPOINTS[service]}`, url]));

/** Sets up a target and a gate before it. `settings` are those of a worker that sends events there. */
export async function setUp(moto, name) {
  if (!Object.hasOwn(TARGETS, name)) throw new Error(`there is no target ${name}: it can be ${Object.keys(TARGETS).join(", ")}`);
  const { title, service, make } = TARGETS[name];
  const target = await make(moto);
  const gate = await startGate({ moto, service });
  return { title, service, ...target, gate, settings: { TARGET: target.arn, ...endpoints(gate), ...KEYS } };
}
