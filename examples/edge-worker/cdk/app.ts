// The IAM user of the worker, which can send events to one target and do nothing else.
import { App, CfnOutput, CliCredentialsStackSynthesizer, Stack } from "aws-cdk-lib";
import { Policy, PolicyStatement, User } from "aws-cdk-lib/aws-iam";

/** The worker's action for each service that the setting TARGET may name. */
const ACTIONS: Partial<Record<string, string>> = {
  lambda: "lambda:InvokeFunction",
  sqs: "sqs:SendMessage",
  sns: "sns:Publish",
  events: "events:PutEvents",
  states: "states:StartExecution",
};

const app = new App({ analyticsReporting: false });
const target = String(app.node.tryGetContext("target"));
const action = ACTIONS[target.split(":")[2] ?? ""];
if (!action) throw new Error(`-c target=… must be an ARN of ${Object.keys(ACTIONS).join(", ")}: the TARGET of the worker; it is ${target}`);

// Without files to upload, the account needs no preparation.
const stack = new Stack(app, "formevent-worker", { synthesizer: new CliCredentialsStackSynthesizer() });
const user = new User(stack, "User");
new Policy(stack, "Policy", { users: [user], statements: [new PolicyStatement({ actions: [action], resources: [target] })] });
new CfnOutput(stack, "UserName", { value: user.userName });
