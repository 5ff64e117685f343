import * as path from "node:path";
import { App, Stack } from "aws-cdk-lib";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { Telesieve } from "../lib/telesieve";

const app = new App();
const stack = new Stack(app, "TelesieveExample");
const architecture = lambda.Architecture.ARM_64;
const [checkout, refund] = ["checkout", "refund"].map(
  (name) =>
    new lambda.Function(stack, name, {
      runtime: lambda.Runtime.PYTHON_3_13,
      architecture,
      memorySize: 256,
      handler: `app.${name}`,
      code: lambda.Code.fromAsset(path.join(__dirname, "../../sam/functions")),
    }),
);
const telesieve = new Telesieve(stack, "Telesieve", {
  architecture,
  layers: process.env.TELESIEVE_LAYERS,
  openSearchUrl: process.env.OPENSEARCH_URL ?? "https://search-example.eu-central-1.es.amazonaws.com",
  openSearchDomainArn: process.env.OPENSEARCH_DOMAIN_ARN ?? "arn:aws:es:eu-central-1:123456789012:domain/example",
  pushGatewayUrl: process.env.PUSHGATEWAY_URL,
});
telesieve.attach(checkout, refund);
app.synth();
