# Creates functions with the layer, and a role for each. One module, one layer version, any number of functions.
# To attach the layer to functions that exist already, see "Attach it" in docs/deploying.md.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

resource "aws_lambda_layer_version" "telesieve" {
  layer_name               = "telesieve"
  description              = "The extension, its transforms and their configuration"
  filename                 = var.layer_zip
  source_code_hash         = filebase64sha256(var.layer_zip)
  compatible_architectures = [var.architecture]
  skip_destroy             = true # an older version is what a function rolls back to
}

resource "aws_lambda_function" "function" {
  for_each = var.functions

  function_name    = each.key
  role             = aws_iam_role.function[each.key].arn
  filename         = each.value.filename
  source_code_hash = filebase64sha256(each.value.filename)
  handler          = each.value.handler
  runtime          = each.value.runtime
  architectures    = [var.architecture]
  memory_size      = each.value.memory_size
  timeout          = each.value.timeout
  layers           = [aws_lambda_layer_version.telesieve.arn]

  environment {
    variables = merge(
      {
        TELESIEVE_OPENSEARCH_URL   = var.opensearch_url
        TELESIEVE_OPENSEARCH_INDEX = var.index
        TELESIEVE_OPENSEARCH_SIGV4 = "es"
      },
      var.pushgateway_url == null ? {} : { TELESIEVE_PUSHGATEWAY_URL = var.pushgateway_url },
    )
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each = var.functions

  name               = "${each.key}-telesieve"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

# What telesieve needs to deliver events, and nothing else.
data "aws_iam_policy_document" "telesieve" {
  statement {
    actions   = ["es:ESHttpPost"]
    resources = ["${var.opensearch_domain_arn}/_bulk"]
  }

  dynamic "statement" {
    for_each = var.cloudwatch_logs ? [1] : []
    content {
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["arn:aws:logs:*:*:log-group:/aws/lambda/*"]
    }
  }
}

resource "aws_iam_policy" "telesieve" {
  name   = "telesieve-create-documents"
  policy = data.aws_iam_policy_document.telesieve.json
}

resource "aws_iam_role_policy_attachment" "telesieve" {
  for_each = var.functions

  role       = aws_iam_role.function[each.key].name
  policy_arn = aws_iam_policy.telesieve.arn
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = var.cloudwatch_logs ? var.functions : {}

  name              = "/aws/lambda/${each.key}"
  retention_in_days = 3
}
