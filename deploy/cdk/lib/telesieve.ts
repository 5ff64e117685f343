import * as path from "node:path";
import { Annotations, RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

export interface TelesieveProps {
  /** Folder with `telesieve-layer-<arch>.zip`. Default: target/dist of this repository. */
  readonly layers?: string;
  readonly architecture: lambda.Architecture;
  /** Endpoint of the domain, https:// included. */
  readonly openSearchUrl: string;
  /** The functions may create documents in this domain and nothing else. */
  readonly openSearchDomainArn: string;
  /** Data stream that `telesieve setup` made. Default: telesieve-logs. */
  readonly index?: string;
  readonly pushGatewayUrl?: string;
  /** Write nothing to CloudWatch Logs any more. See docs/deploying.md first. Default: false. */
  readonly denyCloudWatchLogs?: boolean;
}

/** One version of the layer, to be attached to any number of functions. */
export class Telesieve extends Construct {
  readonly layer: lambda.LayerVersion;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TelesieveProps,
  ) {
    super(scope, id);
    const folder = props.layers ?? path.join(__dirname, "../../../target/dist");
    this.layer = new lambda.LayerVersion(this, "Layer", {
      layerVersionName: "telesieve",
      code: lambda.Code.fromAsset(path.join(folder, `telesieve-layer-${props.architecture.name}.zip`)),
      compatibleArchitectures: [props.architecture],
      removalPolicy: RemovalPolicy.RETAIN, // an older version is what a function rolls back to
    });
  }

  /** Adds layer, addresses and the least of permissions. */
  attach(...functions: lambda.Function[]): void {
    functions.forEach((target) => this.attachOne(target));
  }

  private attachOne(target: lambda.Function): void {
    if (target.architecture.name !== this.props.architecture.name) {
      Annotations.of(target).addError(`the layer is for ${this.props.architecture.name}`);
    }
    target.addLayers(this.layer);
    target.addEnvironment("TELESIEVE_OPENSEARCH_URL", this.props.openSearchUrl);
    target.addEnvironment("TELESIEVE_OPENSEARCH_INDEX", this.props.index ?? "telesieve-logs");
    target.addEnvironment("TELESIEVE_OPENSEARCH_SIGV4", "es");
    if (this.props.pushGatewayUrl) {
      target.addEnvironment("TELESIEVE_PUSHGATEWAY_URL", this.props.pushGatewayUrl);
    }
    this.statements().forEach((statement) => target.addToRolePolicy(statement));
  }

  private statements(): iam.PolicyStatement[] {
    const deliver = new iam.PolicyStatement({
      actions: ["es:ESHttpPost"],
      resources: [`${this.props.openSearchDomainArn}/_bulk`],
    });
    const deny = new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      resources: ["*"],
    });
    return this.props.denyCloudWatchLogs ? [deliver, deny] : [deliver];
  }
}
